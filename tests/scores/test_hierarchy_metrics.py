import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from taskgraft.scores import consistency
from taskgraft.scores._hierarchy import full_path_accuracy, sum_under, summed_probs

PARENTS = np.array([0, 1, 1, 2, 0, 2])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=30))
def test_consistency_counts_pairs_one_by_one(pairs: list[tuple[int, int]]) -> None:
    coarse, fine = np.array(pairs).T
    expected = sum(PARENTS[f] == c for c, f in pairs) / len(pairs)
    assert consistency(coarse, fine, PARENTS) == pytest.approx(expected)


@given(st.integers(1, 4), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_full_path_accuracy_counts_rows_that_are_equal(num_levels: int, num_images: int, seed: int) -> None:
    preds, targets = np.random.default_rng(seed).integers(0, 2, (2, num_images, num_levels))
    expected = sum(p == t for p, t in zip(preds.tolist(), targets.tolist(), strict=True)) / num_images
    assert full_path_accuracy(preds, targets) == pytest.approx(expected)


def test_summed_probs_agree_with_a_loop() -> None:
    logits = np.random.default_rng(0).normal(0, 2, (10, 6)).astype(np.float32)
    got = summed_probs(logits, PARENTS, 3)
    probs = softmax(logits.astype(np.float64), axis=1)
    for i in range(10):
        for k in range(3):
            assert got[i, k] == pytest.approx(sum(probs[i, f] for f in range(6) if PARENTS[f] == k))
    np.testing.assert_allclose(got.sum(axis=1), 1)
    np.testing.assert_array_equal(sum_under(probs, PARENTS, 3), got)


def test_predictions_from_sums_are_consistent_when_one_leaf_has_the_majority() -> None:
    logits = np.eye(6) * 20
    coarse = summed_probs(logits, PARENTS, 3).argmax(1)
    assert consistency(coarse, logits.argmax(1), PARENTS) == 1
