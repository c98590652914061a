"""Scores are the same to the bit, however many rows are looked at at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from taskgraft.scores import Additive, measure, top_classes
from taskgraft.scores import _row_blocks as row_blocks
from taskgraft.taxonomy import Taxonomy

NUM_IMAGES, NUM_LEAVES = 700, 30
TREE = Taxonomy.from_names(["coarse", "fine"], [(f"c{k % 7}", f"f{k}") for k in range(NUM_LEAVES)])


def drawn() -> tuple[list[np.ndarray], np.ndarray]:
    """Logits, and labels of which some are missing."""
    rng = np.random.default_rng(0)
    leaves = rng.integers(0, NUM_LEAVES, NUM_IMAGES)
    targets = np.stack([TREE.ancestors(0)[leaves], leaves], axis=1)
    targets[::7, 1] = targets[::11, 0] = -1
    return [rng.normal(size=(NUM_IMAGES, k)).astype(np.float32) for k in TREE.num_classes], targets


def dense(terms: Any) -> np.ndarray:
    """Terms with their zeros."""
    return terms if isinstance(terms, np.ndarray) else terms.toarray()


@pytest.mark.parametrize("most", [1, 100, 1_000])
def test_blocks_change_no_bit_of_a_score(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    logits, targets = drawn()
    whole = measure(logits, targets, TREE)
    monkeypatch.setattr(row_blocks, "_MOST_VALUES", most)
    in_blocks = measure(logits, targets, TREE)
    assert list(whole) == list(in_blocks)
    for name, one in whole.items():
        other = in_blocks[name]
        assert isinstance(one, Additive)
        assert isinstance(other, Additive)
        np.testing.assert_array_equal(*map(dense, (one.terms, other.terms)), err_msg=name)
        assert one.value == other.value, name
        assert (one.weighs_as or 0) == pytest.approx(other.weighs_as or 0, rel=1e-12), name


def test_of_no_row_there_is_one_block() -> None:
    assert len(list(row_blocks.row_blocks(0, 10))) == 1
    assert top_classes(np.zeros((0, 3)), 2).shape == (0, 2)
