from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from taskgraft.data.labels import check_splits, split_indices, splits_of_cells
from taskgraft.errors import DataError, RequestError


@pytest.mark.parametrize(
    ("given", "indices"),
    [
        ([4, 2], [2, 4]),
        (range(3), [0, 1, 2]),
        (np.array([1, 3], np.uint8), [1, 3]),
        ({3, 1}, [1, 3]),
        (torch.tensor([[0], [2]]), [0, 2]),
        (pd.Index([2, 1]), [1, 2]),
        ([np.int64(1)], [1]),
        ([], []),
        (np.arange(5) >= 3, [3, 4]),
        ([True, False, False, False, True], [0, 4]),
        (torch.tensor([False, True, False, False, False]), [1]),
        (pd.Series([True, False, True, False, False], index=[9, 8, 7, 6, 5]), [0, 2]),
    ],
)
def test_positions_and_masks_name_images(given: Any, indices: list[int]) -> None:
    result = split_indices("test", given, 5)
    assert result.tolist() == indices
    assert result.dtype == np.int64


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (range(-3, 0), "the test split to be made of integers from 0 to 4, but got -3."),
        ([0, 5], "integers from 0 to 4, but got 5."),
        (
            [2, 1, 2],
            "the test split to be made of different images, but got 1 of them repeatedly, such as 2.",
        ),
        ([0.0, 3.9], "made of integers, or of truth values alone, but got 0.0."),
        (np.array([1.0]), "but got 1.0."),
        (["train", "test"], "but got 'train'."),
        ("test", "the test split to be a list or an array"),
        (
            [True, False],
            "the mask of the test split to be 5 truth values long, one for each image, but got 2.",
        ),
        ([True, 3], "or of truth values alone, but got True."),
        (pd.array([True, pd.NA, False, False, False], dtype="boolean"), "but got <NA>."),
        ({1, "a"}, "but got 'a'."),
        ([None], "but got None."),
        (3, "the test split to be a list or an array"),
        (slice(0, 3), "the test split to be a list or an array"),
        (np.eye(5, dtype=bool), "but got [True, False, False, False, False]."),
    ],
)
def test_anything_else_is_refused_in_one_line(given: Any, message: str) -> None:
    with pytest.raises(DataError) as caught:
        split_indices("test", given, 5)
    assert message in str(caught.value)


def test_splits_that_share_images_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"the val and test splits of x to be without a shared image, but got 2 in"
    ):
        check_splits({"val": [0, 1, 2], "test": [3, 1, 2]}, 5, "x")
    with pytest.raises(DataError, match="the val split to be a list of integers, but got float64 of shape"):
        check_splits({"val": [0.5]}, 5)


def test_cells_name_splits() -> None:
    cells = ["Train", "", None, float("nan"), "test_set", b"dev"]
    assert splits_of_cells("the splits", cells) == ["train", None, None, None, "test", "val"]
    with pytest.raises(
        RequestError, match=r"Expected the splits to be one of train, training, .* but got 'fold1'"
    ):
        splits_of_cells("the splits", ["train", "fold1"])
    with pytest.raises(RequestError, match="but got '0'"):
        splits_of_cells("the splits", [0, 1])
