import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import accuracy_score, log_loss

from taskgraft.metrics.level import accuracy, negative_log_likelihood


@pytest.mark.parametrize("seed", range(5))
def test_scores_agree_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, targets = rng.normal(0, 3, (50, 7)).astype(np.float32), rng.integers(0, 7, 50)
    assert accuracy(logits.argmax(1), targets) == accuracy_score(targets, logits.argmax(1))
    expected = log_loss(targets, softmax(logits.astype(np.float64), axis=1), labels=range(7))
    assert negative_log_likelihood(logits, targets) == pytest.approx(expected, rel=1e-9)


@given(st.permutations(range(5)), st.integers(0, 2**32 - 1))
def test_relabelling_classes_changes_no_score(order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, targets = rng.normal(size=(20, 5)), rng.integers(0, 5, 20)
    to = np.array(order)
    moved = np.empty_like(logits)
    moved[:, to] = logits
    assert accuracy(moved.argmax(1), to[targets]) == accuracy(logits.argmax(1), targets)
    assert negative_log_likelihood(moved, to[targets]) == pytest.approx(
        negative_log_likelihood(logits, targets)
    )


def test_huge_logits_stay_finite() -> None:
    assert negative_log_likelihood(np.array([[1e4, 0.0]]), np.array([1])) == pytest.approx(1e4)
