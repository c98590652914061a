"""What a person is told of data that is not what a study was made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.execution._request import build_request
from taskgraft.hardware import choose_hardware
from taskgraft.recipe import Variant, quick
from taskgraft.study import Request, differences
from taskgraft.study._data_changes import data_changes
from taskgraft.taxonomy import Taxonomy

PATHS = [("warm", "red"), ("warm", "yellow"), ("cold", "blue"), ("cold", "green")]


def request(data: Dataset, **changes: Any) -> Request:
    names = data.taxonomy.level_names
    variant = Variant("shared", catalogue(names)["shared"], quick())
    made = build_request(data, (variant,), (0,), choose_hardware("cpu", 1))
    return made.model_copy(update=changes)


def with_source(data: Dataset, **changes: Any) -> Dataset:
    return replace(data, provenance=replace(data.provenance, **changes))


def with_tree(data: Dataset, levels: list[str], paths: list[tuple[str, str]]) -> Dataset:
    return replace(data, taxonomy=Taxonomy.from_names(levels, paths))


def other_pixels(data: Dataset) -> Dataset:
    return replace(data, images=255 - data.images)


def other_labels(data: Dataset) -> Dataset:
    return replace(data, labels=np.roll(data.labels, 1, axis=0))


def other_split(data: Dataset) -> Dataset:
    order = np.roll(np.sort(np.concatenate(list(data.indices.values()))), 7)
    return replace(data, indices={"train": order[:160], "val": order[160:200], "test": order[200:]})


UNKNOWN = "pictures, labels or splits (as many, of the same classes): some before, others now"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data, []),
        (other_pixels, [UNKNOWN]),
        (other_labels, [UNKNOWN]),
        (other_split, [UNKNOWN]),
        (
            lambda data: data.with_val_fraction(0.1),
            ["images: 160 train + 40 val + 60 test before, 180 train + 20 val + 60 test now"],
        ),
        (
            lambda data: replace(data, images=data.images[:, :1, :8]),
            ["channels, height and width: 3x12x12 before, 1x8x12 now"],
        ),
        (lambda data: with_source(data, source="b"), ["data: colours before, b now"]),
        (lambda data: with_source(data, options={"seed": 2}), ["data option seed: None before, 2 now"]),
        (
            lambda data: with_source(data, split="split as given"),
            ["how train and test were split: drawn for the tests before, split as given now"],
        ),
        (
            lambda data: with_source(data, skipped=(("a.jpg", "cut off"),)),
            ["files left out: none before, 1 ('a.jpg') now"],
        ),
        (lambda data: with_source(data, notes=("One.",)), ["notes of the reading: none before, One. now"]),
        (
            lambda data: with_source(data, is_official=False),
            ["the publisher's own files: True before, False now"],
        ),
        (
            lambda data: with_tree(data, ["kind", "colour"], PATHS),
            ["levels: group, colour before, kind, colour now"],
        ),
        (
            lambda data: with_tree(data, ["group", "colour"], [*PATHS[:3], ("cold", "teal")]),
            ["classes of level 'colour': 4 with 'green' before, 4 with 'teal' now"],
        ),
        (
            lambda data: with_tree(data, ["group", "colour"], [*PATHS, ("cold", "teal")]),
            ["classes of level 'colour': 4 before, 5 with 'teal' now"],
        ),
        (
            lambda data: with_tree(data, ["group", "colour"], [PATHS[1], PATHS[0], *PATHS[2:]]),
            [
                "order of the classes of level 'colour': 'red', 'yellow', 'blue' and 1 more before, "
                "'yellow', 'red', 'blue' and 1 more now"
            ],
        ),
        (
            lambda data: with_tree(data, ["group", "colour"], [*PATHS[:3], ("warm", "green")]),
            ["which class lies under which: one tree before, another now"],
        ),
    ],
)
def test_each_change_is_told_in_words(
    tiny_data: Dataset, change: Callable[[Dataset], Dataset], told: list[str]
) -> None:
    changes = data_changes(request(tiny_data), request(change(tiny_data)))
    assert [change.words() for change in changes] == told


def test_a_reason_that_changed_is_a_change(tiny_data: Dataset) -> None:
    two = [with_source(tiny_data, skipped=(("a.jpg", reason),)) for reason in ("cut off", "no picture")]
    assert differences(*map(request, two))


def test_no_digest_is_shown_and_the_rest_of_the_request_follows(tiny_data: Dataset) -> None:
    lines = differences(request(tiny_data), request(other_pixels(tiny_data), seeds=(0, 1), device="cuda"))
    assert lines == [UNKNOWN, "seeds: [0] before, [0, 1] now", "device: cpu before, cuda now"]


def test_every_field_of_the_data_has_its_say(tiny_data: Dataset) -> None:
    """Two requests that differ are never taken for the same."""
    there = request(tiny_data)
    changes = {
        "source": "b",
        "split": "b",
        "is_official": False,
        "options": {"b": 1},
        "notes": ("b",),
        "skipped": (("b", "b"),),
        "num_images": {"train": 1, "val": 40, "test": 60},
        "image_shape": (1, 12, 12),
        "digest": "b",
    }
    assert set(changes) == set(type(there.data).model_fields)
    for name, value in changes.items():
        asked = there.model_copy(update={"data": there.data.model_copy(update={name: value})})
        assert len(differences(there, asked)) == 1, name


def test_the_order_of_a_record_is_no_difference(tiny_data: Dataset) -> None:
    there = request(with_source(tiny_data, options={"a": 1, "b": 2}))
    turned = {name: dict(reversed(getattr(there.data, name).items())) for name in ("num_images", "options")}
    assert differences(there, there.model_copy(update={"data": there.data.model_copy(update=turned)})) == []
