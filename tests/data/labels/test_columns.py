from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
import torch

from taskgraft.data.labels import cells_of, named_column
from taskgraft.errors import DataError

HIDDEN = np.ma.MaskedArray([1, 2], mask=[False, True])


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (["cat", None, 3], ["cat", None, "3"]),
        (("a", "b"), ["a", "b"]),
        (range(2), ["0", "1"]),
        (iter("ab"), ["a", "b"]),
        (np.array([[5], [-1]]), ["5", None]),
        (np.array([1.0, np.nan]), ["1", None]),
        (np.array([b"cat", b"dog"]), ["cat", "dog"]),
        (HIDDEN, ["1", None]),
        (torch.tensor([[3], [4]]), ["3", "4"]),
        (torch.tensor([3.0, -1.0], requires_grad=True), ["3", None]),
        (pd.Series(["x", pd.NA], dtype="string"), ["x", None]),
        (pd.Series([7, pd.NA], dtype="Int64"), ["7", None]),
        (pd.Series(["u", None], dtype="category"), ["u", None]),
        (pd.Categorical(["u", None]), ["u", None]),
        (pd.DataFrame({"k": [1, 2]}), ["1", "2"]),
        (pd.Index([1, 2]), ["1", "2"]),
        (pyarrow.array(["p", None]), ["p", None]),
        (pyarrow.chunked_array([["p"], ["q"]]), ["p", "q"]),
    ],
)
def test_columns_of_every_library_are_read(column: Any, names: list[str | None]) -> None:
    assert named_column("k", column).names == names


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("cats", "labels of level 'k' to be a list or an array, one value an image, but got 'cats'"),
        ({"a": 1}, "one value an image, but got "),
        ({"a"}, "one value an image, but got "),
        (5, "one value an image, but got "),
        (None, "one value an image, but got "),
        (np.array(5), "one value an image, but got "),
        (
            np.eye(3),
            "the label of image 0 at level 'k' to be one name or one integer, but got [1.0, 0.0, 0.0]. Give",
        ),
        (np.array(["2020-01-01"], "M8[ns]"), "to be one name or one integer, but got np.datetime64("),
        ([1, 0.5], "the label of image 1 at level 'k' to be one name or one integer, but got 0.5."),
        (["a", "\udce9"], "but got '\\udce9', which is no Unicode."),
    ],
)
def test_what_is_no_column_of_labels_is_refused_in_one_line(column: Any, message: str) -> None:
    with pytest.raises(DataError) as caught:
        named_column("k", column)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_message_names_the_image() -> None:
    with pytest.raises(DataError, match=r"the label of image b\.png at level"):
        named_column("k", [1, []], images=["a.png", "b.png"])


def test_minus_one_is_a_gap_among_integers_that_came_as_text() -> None:
    assert named_column("k", ["1", "", " -1", "+2"], is_text=True).names == ["1", None, None, "+2"]
    assert named_column("k", ["1", "-1", "x"], is_text=True).names == ["1", "-1", "x"]
    assert named_column("k", ["1", "-1", "2.0"], is_text=True).names == ["1", "-1", "2.0"]
    assert named_column("k", ["1", "-1"]).names == ["1", "-1"]


def test_white_space_is_dropped_and_said_once_a_level() -> None:
    assert named_column("k", ["dog ", "cat", "dog "]).notes == (
        "White space at the ends of names of level 'k' was dropped: 'dog '.",
    )
    assert named_column("k", ["dog ", "dog", [b"\tcat"]]).notes == (
        "White space at the ends of names of level 'k' was dropped. One class: 'dog ' and 'dog'.",
    )
    assert named_column("k", [[" dog"], ["cat"]]).notes != ()
    assert named_column("k", ["dog", "cat", None, 1, "1"]).notes == ()


def test_names_that_look_like_gaps_are_kept_and_said() -> None:
    named = named_column("k", ["None", "nan", "NA", "N/A", "null", "ok"])
    assert named.names == ["None", "nan", "NA", "N/A", "null", "ok"]
    assert named.notes == (
        "Level 'k' has classes with names that elsewhere mean no label: "
        "'None', 'nan', 'NA', 'N/A' and 1 more. "
        "Where a label is unknown, give none.",
    )


def test_numbers_and_truth_values_of_one_hash_stay_apart() -> None:
    assert named_column("k", [1, True, 1.0, "1"]).names == ["1", "True", "1", "1"]


def test_cells_come_as_they_are() -> None:
    assert cells_of("k", np.array([1, 2])) == [1, 2]
