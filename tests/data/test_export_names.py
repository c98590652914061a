"""What is exported and read again is the same dataset, whatever its classes are called; or it is refused."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import taskgraft as tg
from taskgraft.choices import FORMATS
from taskgraft.data import Dataset, export
from taskgraft.data._export import Format
from taskgraft.errors import RequestError, TaskgraftError

NUM_IMAGES = 12
PIXELS = np.random.default_rng(0).integers(0, 256, (NUM_IMAGES, 3, 16, 16), dtype=np.uint8)
HOSTILE = (
    "None",
    "nan",
    "NA",
    "null",
    "-1",
    "-1.0",
    "7",
    "07",
    "007",
    "dog",
    " dog",
    "dog ",
    "\u00a0dog\u3000",
    "é",
    "e\u0301",
    "a/b",
    "b",
    "a",
    ".dog",
    "..",
    "a\\b",
    "a\nb",
    "a\r\nb",
    "a\x00b",
    "=1+1",
    '"',
    "'",
    "a,b",
    "a;b",
    "train",
    "val",
    "test",
    "dev",
    "bread",
    "bread (itself)",
    "x",
    "taxonomy.json",
    "con",
    "__MACOSX",
    "@eaDir",
    ".ipynb_checkpoints",
    "Thumbs.db",
    "\U0001f431",
    "\u05d7\u05ea\u05d5\u05dc",
    "W" * 255,
    "é" * 127,
    "W" * 256,
    "é" * 128,
    "\ufeffdog",
    "000.png",
    "level_1",
    "True",
    "1e5",
)
LEVELS = (
    "kind",
    "thing",
    "image",
    "split",
    "path",
    "level_2",
    "a,b",
    "Größe",
    "None",
    "-1",
    "label",
    "file",
    "train",
    " spaced ",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
NAMES = st.sampled_from(HOSTILE) | TEXT
CELLS = st.none() | NAMES


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASKGRAFT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, list[str | None]], bool]:
    """Columns of names drawn from a few, so that paths meet, with gaps; and whether they are a tree."""
    levels = draw(st.lists(st.sampled_from(LEVELS), min_size=1, max_size=3, unique=True))
    words = draw(st.lists(NAMES, min_size=2, max_size=7, unique=True))
    cell = st.sampled_from(words)
    gap = st.none() if draw(st.booleans()) else cell
    rows = draw(st.lists(st.tuples(cell, *[cell | gap] * (len(levels) - 1)), min_size=3, max_size=NUM_IMAGES))
    rows = [*rows, *rows[::-1], *rows, *rows][:NUM_IMAGES]
    return {level: [row[i] for row in rows] for i, level in enumerate(levels)}, draw(st.booleans())


def dataset(columns: dict[str, Any], *, has_tree: bool = True) -> Dataset:
    num_images = len(next(iter(columns.values())))
    return tg.from_arrays(
        PIXELS[:num_images], columns, test=[num_images - 1], val=[num_images - 2], has_tree=has_tree
    )


def read_again(data: Dataset, place: Path, form: Format) -> Dataset:
    """As the command says it is read again."""
    if form == "tree":
        return tg.load(place)
    return tg.load(
        place,
        label_columns=list(data.taxonomy.level_names),
        taxonomy=place.with_suffix(".json"),
        has_tree=data.taxonomy.is_tree,
    )


def refusal(data: Dataset, place: Path, form: Format) -> str | None:
    """Why a dataset is not written, if it is not."""
    try:
        export(data, place, form)
    except RequestError as error:
        return str(error)
    return None


def assert_the_same_or_refused(data: Dataset, form: Format) -> bool:
    """Whether it was written."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / ("out" if form == "tree" else "out.parquet")
        message = refusal(data, place, form)
        if message is not None:
            assert "\n" not in message
            assert list(Path(folder).iterdir()) == []
            return False
        again = read_again(data, place, form)
        assert again.taxonomy == data.taxonomy
        assert again.labels.tolist() == data.labels.tolist()
        assert again.digest() == data.digest()
        return True


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(tables())
def test_any_table_is_read_again_the_same_or_refused(table: tuple[dict[str, Any], bool]) -> None:
    columns, has_tree = table
    try:
        data = dataset(columns, has_tree=has_tree)
    except TaskgraftError:
        return
    for form in FORMATS:
        assert_the_same_or_refused(data, form)


@pytest.mark.torture
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_many_tables_are_read_again_the_same_or_refused(table: tuple[dict[str, Any], bool]) -> None:
    test_any_table_is_read_again_the_same_or_refused.hypothesis.inner_test(table)  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "columns",
    [
        {"kind": ["None", "nan", "NA", "null", "-1", "-1.0"] * 2},
        {"kind": ["7", "07", "007", "é", "e\u0301", "=1+1"] * 2},
        {"kind": ["a,b", 'say "x"', "a;b", "a\nb", "\U0001f431", "\u05d7\u05ea\u05d5\u05dc"] * 2},
        {"kind": ["dog ", "dog", " cat", "cat\u3000"] * 3},
        {"kind": ["pet", "wild"] * 6, "thing": ["bread", "wolf", None, "lynx"] * 3},
        {"kind": ["bread", "pet", "bread", "pet"] * 3, "thing": ["bread", "cat", None, "dog"] * 3},
        {"kind": ["bread", "pet"] * 6, "thing": [None, "bread", None, "dog"] * 3},
        {"kind": ["x", "a", "b"] * 4, "thing": [None, "x", "x"] * 4},
        {"kind": ["a", "b"] * 6, "thing": ["c", None] * 6, "sort": ["u", "v", "w", "z"] * 3},
        {"kind": [None, "a", "b"] * 4, "thing": [None, "c", "d"] * 4},
        {"kind": ["a", "b"] * 6, "thing": ["train", "val", "test", "x"] * 3},
    ],
    ids=[
        "gaps",
        "numbers and accents",
        "signs",
        "white space",
        "unknown",
        "itself alone",
        "a namesake",
        "namesakes",
        "a skipped rank",
        "nothing known",
        "words of splits",
    ],
)
def test_a_kind_of_name_is_read_again_the_same(columns: dict[str, Any], form: Format) -> None:
    written = assert_the_same_or_refused(dataset(columns), form)
    assert written or form == "tree"


@pytest.mark.parametrize("form", FORMATS)
def test_homonyms_are_read_again_the_same(form: Format) -> None:
    data = dataset({"kind": ["a", "b"] * 6, "thing": ["m", "m", "x", "y"] * 3})
    assert data.taxonomy.levels[1].classes == ("a/m", "x", "b/m", "y")
    assert assert_the_same_or_refused(data, form) or form == "tree"


@pytest.mark.parametrize(
    "levels", [("image", "split"), ("path", "file"), ("split", "kind"), ("a,b", "c")], ids=str
)
def test_levels_may_be_called_as_columns_are(levels: tuple[str, str]) -> None:
    data = dataset({levels[0]: ["a", "b"] * 6, levels[1]: ["u", "v", "w", "z"] * 3})
    for form in FORMATS:
        assert_the_same_or_refused(data, form)
