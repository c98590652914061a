import numpy as np
import pytest
from dense_scores import sum_under
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.scores import consistency, probs_of

PARENTS = np.array([0, 1, 1, 2, 0, 2])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=30))
def test_consistency_counts_pairs_one_by_one(pairs: list[tuple[int, int]]) -> None:
    coarse, fine = np.array(pairs).T
    expected = sum(PARENTS[f] == c for c, f in pairs) / len(pairs)
    assert consistency(coarse, fine, PARENTS) == pytest.approx(expected)


def test_sums_agree_with_a_loop() -> None:
    probs = probs_of(np.random.default_rng(0).normal(0, 2, (10, 6)).astype(np.float32))
    sums = sum_under(probs, PARENTS, 3)
    for i in range(10):
        for k in range(3):
            assert sums[i, k] == pytest.approx(sum(probs[i, f] for f in range(6) if PARENTS[f] == k))
    np.testing.assert_allclose(sums.sum(axis=1), 1)


def test_predictions_from_sums_are_consistent_when_one_leaf_has_the_majority() -> None:
    probs = probs_of(np.eye(6) * 20)
    assert consistency(sum_under(probs, PARENTS, 3).argmax(1), probs.argmax(1), PARENTS) == 1
