from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.data._splits import carve_val, draw_subset

LEAVES = st.lists(st.integers(0, 6), min_size=1, max_size=80).map(np.array)
FRACTIONS = st.floats(0.01, 0.99)


def counts(leaves: np.ndarray, indices: np.ndarray) -> np.ndarray:
    return np.bincount(leaves[indices], minlength=7)


@given(LEAVES, FRACTIONS)
def test_val_is_carved_without_loss_or_overlap(leaves: np.ndarray, fraction: float) -> None:
    train, val = carve_val(leaves, np.arange(len(leaves)), fraction)
    assert np.array_equal(np.sort(np.concatenate([train, val])), np.arange(len(leaves)))
    assert np.array_equal(train, np.sort(train))
    assert np.array_equal(val, np.sort(val))


@given(LEAVES, FRACTIONS)
def test_every_leaf_gives_its_share_within_one_image(leaves: np.ndarray, fraction: float) -> None:
    everything = np.arange(len(leaves))
    train, val = carve_val(leaves, everything, fraction)
    assert np.all(np.abs(counts(leaves, val) - fraction * counts(leaves, everything)) < 1)
    assert np.array_equal(np.unique(leaves[train]), np.unique(leaves))


def test_few_images_a_leaf_still_yield_a_val_split() -> None:
    leaves = np.repeat(np.arange(100), 5)
    _, val = carve_val(leaves, np.arange(500), 0.1)
    assert len(val) == len(np.unique(leaves[val])) == 50


def test_a_leaf_never_gives_its_only_image() -> None:
    train, val = carve_val(np.arange(20), np.arange(20), 0.4)
    assert (len(train), len(val)) == (20, 0)


@given(LEAVES, FRACTIONS, st.permutations(range(7)), st.integers(1, 80))
def test_renumbering_classes_changes_no_split(
    leaves: np.ndarray, fraction: float, order: list[int], limit: int
) -> None:
    renumbered, everything = np.array(order)[leaves], np.arange(len(leaves))
    for before, after in zip(
        carve_val(leaves, everything, fraction), carve_val(renumbered, everything, fraction), strict=True
    ):
        assert np.array_equal(before, after)
    assert np.array_equal(draw_subset(leaves, everything, limit), draw_subset(renumbered, everything, limit))


@given(LEAVES, st.integers(1, 80))
def test_a_subset_is_as_even_as_the_counts_allow(leaves: np.ndarray, limit: int) -> None:
    everything = np.arange(len(leaves))
    subset = draw_subset(leaves, everything, limit)
    assert len(subset) == len(np.unique(subset)) == min(limit, len(leaves))
    kept, existing = counts(leaves, subset), counts(leaves, everything)
    # A leaf that could have given more gave at most one image less than any other.
    assert all(kept[k] >= kept.max() - 1 for k in range(7) if kept[k] < existing[k])


def test_only_the_given_indices_are_divided() -> None:
    leaves = np.tile([0, 1], 50)
    indices = np.arange(20, 60)
    train, val = carve_val(leaves, indices, 0.25)
    assert np.array_equal(np.union1d(train, val), indices)
    assert counts(leaves, val)[:2].tolist() == [5, 5]
    assert set(draw_subset(leaves, indices, 10)) <= set(indices)


def test_the_validation_images_are_the_same_for_ever() -> None:
    _, val = carve_val(np.repeat([0, 1], 10), np.arange(20), 0.2)
    assert val.tolist() == [1, 8, 14, 16]


@pytest.mark.parametrize("limit", [20, 21, 1000])
def test_a_limit_that_does_not_bind_keeps_everything(limit: int) -> None:
    assert draw_subset(np.zeros(20, dtype=int), np.arange(20)[::-1], limit).tolist() == list(range(20))
