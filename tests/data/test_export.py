from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from taskgraft.data import SPLITS, Dataset, Provenance, export
from taskgraft.data._export import Format
from taskgraft.data.sources import load
from taskgraft.errors import RequestError
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.taxonomy import Taxonomy


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def shapes() -> Dataset:
    return load("shapes", num_train=320, num_test=64, num_levels=3)


@pytest.fixture(scope="module")
def grey() -> Dataset:
    """240 grey pictures of 28x28: three levels, an official split, and a square on the side of its class."""
    rng = np.random.default_rng(0)
    paths = [("a", "a1", "a1x"), ("a", "a1", "a1y"), ("a", "a2", "a2x"), ("b", "b1", "b1x")]
    taxonomy = Taxonomy.from_names(["group", "kind", "article"], paths)
    leaves = np.arange(240) % 4
    images = rng.integers(0, 200, (240, 1, 28, 28), dtype=np.uint8)
    for image, leaf in zip(images, leaves, strict=True):
        image[:, 7 * leaf : 7 * leaf + 7, 10:20] = 255
    labels = np.stack([taxonomy.ancestors(0)[leaves], taxonomy.ancestors(1)[leaves], leaves], axis=1)
    provenance = Provenance("grey", "drawn for the tests", is_official=True)
    return Dataset.carve(images, labels, taxonomy, test=np.arange(180, 240), provenance=provenance)


def read_back(data: Dataset, folder: Path, form: Format) -> Dataset:
    place = folder / ("out" if form == "tree" else "out.parquet")
    export(data, place, form)
    if form == "tree":
        return load(place)
    names = list(data.taxonomy.level_names)
    return load(place, label_columns=names, taxonomy=folder / "out.json")


@pytest.mark.parametrize("form", ["tree", "parquet"])
def test_what_is_written_is_read_back_the_same(shapes: Dataset, tmp_path: Path, form: Format) -> None:
    result = read_back(shapes, tmp_path, form)
    assert result.taxonomy == shapes.taxonomy
    for split in SPLITS:
        assert np.array_equal(result.images[result.indices[split]], shapes.images[shapes.indices[split]])
        assert np.array_equal(result.labels_of(split), shapes.labels_of(split))


@pytest.mark.parametrize("form", ["tree", "parquet"])
def test_a_study_of_what_was_written_gives_the_same_accuracy(
    grey: Dataset, tmp_path: Path, form: Format
) -> None:
    def scores(data_read: Dataset, out: str) -> list[dict[str, float]]:
        study = compare(
            data_read, "shared", "quick", epochs=1, out=tmp_path / out, listener=silent, num_threads=1
        )
        return [run.scores for run in study.runs]

    assert scores(read_back(grey, tmp_path, form), "own") == scores(grey, "built-in")


def test_missing_labels_survive(shapes: Dataset, tmp_path: Path) -> None:
    labels = shapes.labels.copy()
    labels[::3, 2] = -1
    labels[::9, 1] = -1
    given = Dataset(shapes.images, labels, shapes.taxonomy, shapes.indices, shapes.provenance)
    for form in ("tree", "parquet"):
        result = read_back(given, tmp_path / form, form)
        for split in SPLITS:
            assert np.array_equal(result.labels_of(split), given.labels_of(split))


def test_what_cannot_be_a_tree_is_refused(shapes: Dataset, tmp_path: Path) -> None:
    flat = Taxonomy.without_tree(shapes.taxonomy.levels)
    loose = Dataset(shapes.images, shapes.labels, flat, shapes.indices, shapes.provenance)
    with pytest.raises(RequestError, match=r"levels that nest, but got .* Use form='parquet'"):
        export(loose, tmp_path / "a")
    named = Taxonomy.from_names(["a"], [("x/y",), ("z",)])
    indices = {split: shapes.indices[split] for split in SPLITS}
    labels = np.zeros((len(shapes.images), 1), dtype=np.int64)
    with pytest.raises(RequestError, match="folders inside one another, but got 'x/y'"):
        export(Dataset(shapes.images, labels, named, indices, shapes.provenance), tmp_path / "b")
    (tmp_path / "c").mkdir()
    with pytest.raises(RequestError, match="to be new, but got"):
        export(shapes, tmp_path / "c")
    (tmp_path / "d.json").write_text("mine")
    with pytest.raises(RequestError, match=r"d\.json to be new, but got"):
        export(shapes, tmp_path / "d.parquet", "parquet")
    assert (tmp_path / "d.json").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "d.json"]


@pytest.mark.parametrize(
    ("name", "form", "rule"),
    [
        ("sheet.png", "tree", r"but got '\.png'\. .* `taskgraft data show` draws a contact sheet"),
        ("table.csv", "tree", r"a folder, or a name that ends in \.parquet, but got '\.csv'\. Take"),
        ("out.parquet", "tree", r"but got '\.parquet'"),
        ("out.png", "parquet", r"a name that ends in \.parquet, but got '\.png'"),
        ("file/out", "tree", "to be in a folder, but got"),
        ("file", "tree", "to be new, but got"),
        ("taken.parquet", "parquet", r"out .*taken\.json to be new"),
    ],
)
def test_a_place_is_what_its_name_says(
    shapes: Dataset, tmp_path: Path, name: str, form: Format, rule: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "taken.json").touch()
    with pytest.raises(RequestError, match=rule):
        export(shapes, tmp_path / name, form)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == ["file", "taken.json"]


def test_a_folder_may_have_a_point_in_its_name(shapes: Dataset, tmp_path: Path) -> None:
    export(shapes, tmp_path / "shapes.v2")
    assert load(tmp_path / "shapes.v2").num_images == shapes.num_images
