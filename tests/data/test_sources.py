from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pictures import write_picture
from taskgraft.data import Dataset
from taskgraft.data.sources import READERS, SOURCES, Reader, Samples, from_arrays, load
from taskgraft.errors import RequestError

SMALL = {"num_train": 160, "num_test": 80}


def test_three_sources_are_known() -> None:
    assert [*SOURCES] == ["cifar100", "fashion-mnist", "shapes"]


def test_shapes_takes_its_options() -> None:
    data = load("shapes", num_levels=3, seed=1, relatedness=0.5, num_train=320, num_test=64)
    assert data.taxonomy.num_levels == 3
    assert data.num_images["test"] == 64
    assert data.provenance.source == "shapes"


def test_val_fraction_and_limit_are_passed_on() -> None:
    data = load("shapes", val_fraction=0.5, limit=64, **SMALL)
    assert data.num_images == {"train": 32, "val": 32, "test": 64}


@pytest.mark.parametrize("as_type", [str, Path])
def test_a_folder_may_be_text_or_a_path(tiny_cifar: Path, as_type: type) -> None:
    data = load("cifar100", data_dir=as_type(tiny_cifar), limit=12)
    assert data.provenance.source == "cifar100"
    assert data.labels.dtype == np.int64


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "cifar10",
            {},
            "a table (.csv, .tsv, .parquet), a list (.txt), hub:NAME, but got 'cifar10'. "
            "Did you mean 'cifar100'?",
        ),
        ("imagenet", {}, "hub:NAME, but got 'no such folder or file'. Check the path."),
        ("shapes", {"relatednes": 0.5}, "but got 'relatednes'. Did you mean 'relatedness'?"),
        (
            "fashion-mnist",
            {"num_levels": 2},
            "Expected num_levels to be used with shapes, but got it with fashion-mnist. Leave it out.",
        ),
        ("fashion-mnist", {"seeds": 1}, "Expected options of fashion-mnist to be left out, but got 'seeds'."),
        (
            "shapes",
            {"size": 64},
            "Expected size to be used with a folder, a table, a dataset of the hub, split lists, "
            "FGVC-Aircraft or CUB-200-2011, but got it with shape",
        ),
        (
            "shapes",
            {"taxonomy": "a.csv"},
            "Expected taxonomy to be used with cifar100, a folder, a table, split lists, FGVC-Aircraft or "
            "CUB-200-2011, but got it with shapes.",
        ),
        (
            "shapes",
            {"data_dir": "/data"},
            "Expected data_dir with shapes to be left out, but got '/data'. Leave it out",
        ),
    ],
)
def test_what_a_source_does_not_take_is_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        load(name, **options)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "options", "parameter"),
    [
        (5, {}, "name"),
        (["shapes"], {}, "name"),
        ("cifar100", {"data_dir": 5}, "data_dir"),
        ("shapes", {"relatedness": "x"}, "relatedness"),
        ("shapes", {"relatedness": None}, "relatedness"),
        ("pictures", {"taxonomy": 3}, "taxonomy"),
        ("pictures", {"has_tree": "no"}, "has_tree"),
        ("pictures", {"leave_out": 3}, "leave_out"),
        ("pictures", {"exclude": 3}, "exclude"),
        ("shapes", {"exclude": "*.jpg"}, "exclude"),
        ("table.csv", {"image_column": 3}, "image_column"),
    ],
)
def test_a_value_of_another_type_is_one_line(name: Any, options: dict[str, Any], parameter: str) -> None:
    with pytest.raises(RequestError, match=rf"^Expected {parameter} to be .*, but got [^\n]*$"):
        load(name, **options)


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a test add sources that the next one does not have."""
    for registry in (SOURCES, READERS):
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))


@pytest.mark.usefixtures("added")
def test_a_source_is_added_by_a_function_whose_keywords_are_its_options() -> None:
    @SOURCES.add("noise")
    def noise(*, val_fraction: float, limit: int | None, num_images: int = 400) -> Dataset:
        images = np.zeros((num_images, 32, 32), dtype=np.uint8)
        leaf = np.arange(num_images) % 4
        columns = {"kind": leaf // 2, "thing": leaf}
        return from_arrays(images, columns, val=val_fraction, limit=limit)

    assert load("noise", num_images=200, val_fraction=0.25).num_images == {
        "train": 120,
        "val": 40,
        "test": 40,
    }
    with pytest.raises(RequestError, match=r"option of noise to be one of num_images, but got 'num_image'"):
        load("noise", num_image=200)
    with pytest.raises(RequestError, match="data_dir with noise to be left out"):
        load("noise", data_dir=".")


@pytest.mark.usefixtures("added")
def test_a_reader_is_added_by_what_it_takes_and_how_it_reads(tmp_path: Path) -> None:
    def read_words(path: Path, level: str = "thing") -> Samples:
        names = path.read_text().split()
        pictures = [path.parent / name for name in names]
        return Samples(str(path), pictures, names, {level: [name[0] for name in names]})

    def is_words(name: str, path: Path) -> Path | None:
        return path if path.suffix == ".words" else None

    READERS.add("a file of words")(Reader("words (.words)", is_words, read_words))
    names = [f"{kind}{i}.png" for kind in "ab" for i in range(10)]
    for i, name in enumerate(names):
        write_picture(tmp_path / name, i)
    (tmp_path / "all.words").write_text(" ".join(names))
    data = load(tmp_path / "all.words", level="letter", size=32)
    assert data.taxonomy.levels[0].classes == ("a", "b")
    assert data.taxonomy.level_names == ("letter",)
    with pytest.raises(RequestError, match=r"option of a file of words to be one of level, size, fit"):
        load(tmp_path / "all.words", levle="letter")
    with pytest.raises(
        RequestError, match=r"has_tree to be used with a folder, .* but got it with a file of"
    ):
        load(tmp_path / "all.words", has_tree=False)
    with pytest.raises(RequestError, match=r"hub:NAME, words \(.words\), but got 'no such folder or file'"):
        load(tmp_path / "none")
