from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from taskgraft.data.sources import from_arrays
from taskgraft.errors import DataError, TaskgraftError

COLUMNS = {"kind": ["pet", "wild"] * 20, "animal": ["cat", "wolf", "dog", "lynx"] * 10}
IMAGES = np.random.default_rng(0).integers(0, 256, (40, 3, 20, 24), dtype=np.uint8)


@pytest.mark.parametrize(
    "images", [IMAGES, IMAGES.transpose(0, 2, 3, 1), torch.from_numpy(IMAGES)], ids=["chw", "hwc", "tensor"]
)
def test_every_layout_gives_the_same_images(images: Any) -> None:
    data = from_arrays(images, COLUMNS)
    assert np.array_equal(data.images, IMAGES)
    assert data.num_images == {"train": 29, "val": 3, "test": 8}
    assert data.taxonomy.levels[1].classes == ("cat", "dog", "lynx", "wolf")


def test_grey_images_need_no_channel() -> None:
    assert from_arrays(IMAGES[:, 0], COLUMNS).image_shape == (1, 20, 24)


def test_numbers_and_gaps_are_labels_too() -> None:
    columns = {"kind": np.array([0, 1] * 20), "animal": [0, 1, 2, -1, 0, float("nan"), 2, 3, None, 3] * 4}
    data = from_arrays(IMAGES, columns, has_tree=False)
    assert data.labels[:10].tolist() == [
        [0, 0],
        [1, 1],
        [0, 2],
        [1, -1],
        [0, 0],
        [1, -1],
        [0, 2],
        [1, 3],
        [0, -1],
        [1, 3],
    ]


def test_splits_can_be_given() -> None:
    data = from_arrays(IMAGES, COLUMNS, test=range(10), val=range(10, 16))
    assert data.indices["test"].tolist() == list(range(10))
    assert data.indices["val"].tolist() == list(range(10, 16))
    assert data.num_images["train"] == 24
    drawn = from_arrays(IMAGES, COLUMNS, val=range(10, 16))
    assert not set(drawn.indices["test"]) & set(range(10, 16))


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, float("nan")])
def test_a_share_out_of_range_is_refused(fraction: float) -> None:
    with pytest.raises(TaskgraftError, match="Expected the share of test to be between 0 and 1, exclusive"):
        from_arrays(IMAGES, COLUMNS, test=fraction)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES / 255, "but got 'float64 of shape (40, 3, 20, 24)'. Convert them to pixels of 0 to 255."),
        (IMAGES[0, 0], "but got 'uint8 of shape (20, 24)'"),
        (np.zeros((40, 5, 20, 24), np.uint8), "of 1 or 3 channels, first or last"),
        (IMAGES[:30], "labels to be 30 long, one for each image, but got 40"),
    ],
)
def test_what_is_no_images_is_refused(images: Any, message: str) -> None:
    with pytest.raises((DataError, TaskgraftError)) as caught:
        from_arrays(images, COLUMNS)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ({"test": range(-10, 0)}, "the test split to be made of integers from 0 to 39, but got -10"),
        ({"test": range(20), "val": range(10, 30)}, "without a shared image, but got 10 in both, such as 10"),
        ({"test": [1, 1]}, "the test split to be made of different images"),
        ({"val": [0.0, 10.9]}, "the val split to be made of integers, or of truth values alone, but got 0.0"),
        ({"test": [0, 99]}, "the test split to be made of integers from 0 to 39, but got 99"),
        ({"test": ["train"] * 40}, "the test split to be made of integers"),
        ({"test": np.zeros(39, bool)}, "the mask of the test split to be 40 truth values long"),
    ],
)
def test_splits_that_are_none_are_refused(splits: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        from_arrays(IMAGES, COLUMNS, **splits)
    assert message in str(caught.value)


def test_a_mask_is_a_mask() -> None:
    data = from_arrays(IMAGES, COLUMNS, test=np.arange(40) >= 30, val=torch.arange(40) < 4)
    assert data.indices["test"].tolist() == list(range(30, 40))
    assert data.indices["val"].tolist() == list(range(4))
    assert data.num_images["train"] == 26


def test_labels_must_be_as_many_as_the_images() -> None:
    with pytest.raises(DataError, match="labels to be 30 long, one for each image, but got 40"):
        from_arrays(IMAGES[:30], COLUMNS, test=range(10))
