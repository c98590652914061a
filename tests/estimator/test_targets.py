from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.estimator._refusal import EstimatorError
from taskgraft.estimator._targets import columns_of, find_taxonomy, numbered
from taskgraft.taxonomy import IntArray, Level


@pytest.mark.parametrize(
    "y",
    [
        [["pet", "cat"], ["pet", None], ["wild", "fox"]],
        [["pet", "cat"], ["pet", float("nan")], ["wild", "fox"]],
        np.array([["pet", "cat"], ["pet", ""], ["wild", "fox"]]),
        np.array([["pet", "cat"], ["pet", None], ["wild", "fox"]], dtype=object),
        np.array([[0, 0], [0, -1], [1, 1]]),
        np.array([[0, 0], [0, -1], [1, 1]], dtype=object),
        np.array([[0, 0], [0, np.nan], [1, 1]]),
        [("pet", 3), ("pet", -1), ("wild", 4)],
        [(b"pet", "cat "), ("pet", " "), ("wild", "fox")],
        pd.DataFrame({"a": ["pet", "pet", "wild"], "b": pd.array([1, None, 2], dtype="Int64")}),
        np.ma.MaskedArray([[0, 0], [0, 5], [1, 1]], mask=[[0, 0], [0, 1], [0, 0]]),
    ],
)
def test_every_way_to_leave_a_label_out_is_understood(y: object) -> None:
    found = [numbered(column)[1].tolist() for column in columns_of(y)]
    assert found == [[0, 0, 1], [0, -1, 1]]


def test_a_gap_that_cannot_be_compared_is_a_gap() -> None:
    column = columns_of([["pet", "cat"], ["pet", pd.NA]])[1]
    assert column.is_labelled.tolist() == [True, False]


@pytest.mark.parametrize("y", [[-1, 1, 1], np.array([[-1], [1], [1]]), ["a", "b", "b"]])
def test_a_single_level_has_no_gaps(y: object) -> None:
    (column,) = columns_of(y)
    assert numbered(column)[1].tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            np.zeros((2, 2, 2)),
            r"the shape of y to be \(n_samples,\) or \(n_samples, n_levels\), but got \(2, 2, 2\)",
        ),
        (np.array(["a", None], dtype=object), "y to be a label for every sample, but got None"),
        (np.array(["a", " "]), "y to be a label for every sample, but got ' '"),
        (
            np.eye(4),
            "y to be one label a sample at each level, but got 'one-hot rows of 4'. Pass their argmax",
        ),
        ([["a", ["b", "c"]]], r"every label of y to be one name or one integer, but got \['b', 'c'\]"),
        ([[1, 0], [0, 1]], "one label a sample at each level, but got 'one-hot rows of 2'"),
        (np.zeros(2, "i4,i4"), "every label of y to be one name or one integer, but got"),
        (np.array(["2020-01-01"], "M8[ns]"), "every label of y to be one name or one integer, but got"),
        ([["a", 1.5]], "every label of y to be one name or one integer, but got 1.5"),
    ],
)
def test_labels_that_cannot_be_read_are_one_line(y: object, message: str) -> None:
    with pytest.raises(EstimatorError, match=message):
        columns_of(y)


def test_names_and_numbers_are_not_mixed() -> None:
    with pytest.raises(EstimatorError, match=r"numbers or all truth values, but got \['a', 2\]"):
        numbered(columns_of([["a", 1], [2, 1]])[0])


def _levels(*num_classes: int) -> list[Level]:
    return [Level(f"l{i}", tuple(map(str, range(num)))) for i, num in enumerate(num_classes)]


@given(
    st.lists(st.tuples(st.integers(-1, 1), st.integers(-1, 2), st.integers(-1, 3)), min_size=4, max_size=14)
)
def test_a_tree_is_found_exactly_where_the_known_labels_are_one(rows: list[tuple[int, int, int]]) -> None:
    labels = np.array(rows, dtype=np.int64)
    taxonomy, filled = find_taxonomy(_levels(2, 3, 4), labels)
    assert taxonomy.is_tree == _is_tree(labels, (2, 3, 4))
    known = labels >= 0
    np.testing.assert_array_equal(filled[known], labels[known])
    if not taxonomy.is_tree:
        np.testing.assert_array_equal(filled, labels)
        return
    for i in (1, 2):
        told = filled[:, i] >= 0
        np.testing.assert_array_equal(filled[told, i - 1], taxonomy.parents_of(i)[filled[told, i]])


def _is_tree(labels: IntArray, num_classes: tuple[int, ...]) -> bool:
    """The definition, row by row: grows what is known of parents from the finest level up."""
    rows = [list(row) for row in labels.tolist()]
    for i in range(len(num_classes) - 1, 0, -1):
        parents = defaultdict(set)
        for row in rows:
            if row[i] >= 0 and row[i - 1] >= 0:
                parents[row[i]].add(row[i - 1])
        if sorted(parents) != list(range(num_classes[i])) or any(len(p) != 1 for p in parents.values()):
            return False
        if set.union(*parents.values()) != set(range(num_classes[i - 1])):
            return False
        for row in rows:
            if row[i] >= 0 and row[i - 1] < 0:
                (row[i - 1],) = parents[row[i]]
    return True


def test_labels_that_numpy_would_merge_stay_apart() -> None:
    assert numbered(columns_of(["a\0", "a", "b"])[0])[0].tolist() == ["a", "a\0", "b"]
    with pytest.raises(EstimatorError, match=r"all truth values, but got \[True, 1\]"):
        numbered(columns_of([True, 1, 0])[0])


def test_tensors_and_strings_of_any_length_are_labels() -> None:
    strings = np.array(["a", "b ", "a"], dtype=np.dtypes.StringDType())
    assert numbered(columns_of(strings)[0])[0].tolist() == ["a", "b"]
    assert numbered(columns_of(torch.tensor([2.0, 1.0], requires_grad=True))[0])[1].tolist() == [1, 0]
