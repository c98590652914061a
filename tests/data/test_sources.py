from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taskgraft.data.sources import SOURCES, load
from taskgraft.errors import RequestError

SMALL = {"num_train": 160, "num_test": 80}


def test_three_sources_are_known() -> None:
    assert list(SOURCES) == ["cifar100", "fashion-mnist", "shapes"]


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
            "Expected options of fashion-mnist to be left out, but got 'num_levels'.",
        ),
        ("fashion-mnist", {"seed": 1}, "Expected options of fashion-mnist to be left out"),
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
        ("table.csv", {"image_column": 3}, "image_column"),
    ],
)
def test_a_value_of_another_type_is_one_line(name: Any, options: dict[str, Any], parameter: str) -> None:
    with pytest.raises(RequestError, match=rf"^Expected {parameter} to be .*, but got [^\n]*$"):
        load(name, **options)
