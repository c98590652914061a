"""Arguments that take several names take them one by one, or joined by commas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import taskgraft as tg
from taskgraft.architecture import select
from taskgraft.data.sources import read_taxonomy
from taskgraft.errors import RequestError
from taskgraft.execution import select_architectures
from taskgraft.recipe import quick
from taskgraft.several import names_of


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Twelve pictures of each of four classes in two kinds: in folders, and in a table beside them."""
    rng = np.random.default_rng(0)
    rows = ["path,kind,thing"]
    for kind, thing in (("fruit", "apple"), ("fruit", "pear"), ("tool", "saw"), ("tool", "axe")):
        (tmp_path / "tree" / kind / thing).mkdir(parents=True)
        for i in range(12):
            path = tmp_path / "tree" / kind / thing / f"{i}.png"
            Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(path)
            rows.append(f"{path.relative_to(tmp_path)},{kind},{thing}")
    (tmp_path / "table.csv").write_text("\n".join(rows))
    return tmp_path


@pytest.mark.parametrize("names", ["kind,thing", "kind, thing", ["kind", "thing"], ("kind", "thing")])
def test_load_takes_either(pictures: Path, names: str | list[str]) -> None:
    for data in (
        tg.load(pictures / "tree", levels=names),
        tg.load(pictures / "table.csv", label_columns=names),
    ):
        assert data.taxonomy.level_names == ("kind", "thing")
        assert data.taxonomy.num_classes == (2, 4)


@pytest.mark.parametrize("names", ["a,,b", "a,a", ["a", ""], ["a", 3]])
def test_names_that_make_no_sense_are_refused(pictures: Path, names: str | list[str]) -> None:
    with pytest.raises(RequestError, match="Expected levels to be different names joined by commas, but got"):
        tg.load(pictures / "tree", levels=names)
    with pytest.raises(RequestError, match="Expected label_columns to be different names"):
        tg.load(pictures / "table.csv", label_columns=names)


def test_a_name_given_by_itself_may_hold_a_comma() -> None:
    assert names_of("--levels", ["kind, or so", "thing"]) == ("kind, or so", "thing")


@pytest.mark.parametrize("levels", ["a,b", ["a", "b"], ("a", "b")])
def test_levels_of_architectures_and_taxonomies(levels: str | list[str], tmp_path: Path) -> None:
    assert tg.catalogue(levels) == tg.catalogue(("a", "b"))
    assert tg.Architecture("mine", levels).levels == ("a", "b")
    assert tg.Taxonomy.from_names(levels, [("x", "1"), ("y", "2")]).level_names == ("a", "b")
    (tmp_path / "tree.json").write_text('{"x": ["1", "2"], "y": ["3"]}')
    assert read_taxonomy(tmp_path / "tree.json", levels).level_names == ("a", "b")


def test_architectures_and_forks(tiny_data: tg.Dataset) -> None:
    for names in ("independent, shared", ["independent", "shared"]):
        found = select_architectures(names, tiny_data, quick().network)
        assert [each.name for each in found] == ["independent", "shared"]
    for forks in ("1, 2", [1, 2]):
        assert [each.name for each in select((), "ab", 3, sweep=forks)] == ["forked-1", "forked-2"]


def test_level_names_of_the_estimator() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (64, 12, 12), dtype=np.uint8)
    labels = np.stack([np.arange(64) % 4 // 2, np.arange(64) % 4], axis=1)
    model = tg.TaskgraftClassifier("shared", "quick", epochs=0.1, level_names="kind,thing")
    assert model.fit(images, labels).taxonomy_.level_names == ("kind", "thing")


def test_seeds_are_numbers(tiny_data: tg.Dataset, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"seeds to be a number, or several of them, but got '0,1'"):
        tg.compare(tiny_data, "shared", "quick", "0,1", out=tmp_path / "study")
