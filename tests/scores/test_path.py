import warnings

import hiclass.metrics
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.scores import hierarchical_f1


def as_hiclass(classes: np.ndarray) -> np.ndarray:
    """Nodes by name, and "" for none, as HiClass wants them; two levels never share a name."""
    rows = [[f"{level}/{k}" if k >= 0 else "" for level, k in enumerate(row)] for row in classes.tolist()]
    return np.array(rows, dtype=object)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(2, 4), st.booleans())
def test_scores_agree_with_hiclass(seed: int, num_images: int, num_levels: int, is_partial: bool) -> None:
    rng = np.random.default_rng(seed)
    preds, targets = rng.integers(0, 3, (2, num_images, num_levels))
    if is_partial:  # every path keeps its first level: HiClass divides by zero where nothing is predicted
        for classes in (preds, targets):
            depths = rng.integers(1, num_levels + 1, num_images)
            classes[np.arange(num_levels) >= depths[:, None]] = -1
    true, predicted = as_hiclass(targets), as_hiclass(preds)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "F-score is ill-defined")
        expected = hiclass.metrics.f1(true, predicted)
    assert hierarchical_f1(preds, targets) == pytest.approx(expected)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 4))
def test_full_paths_have_the_mean_accuracy(seed: int, num_images: int, num_levels: int) -> None:
    preds, targets = np.random.default_rng(seed).integers(0, 3, (2, num_images, num_levels))
    mean = np.mean([np.mean(preds[:, i] == targets[:, i]) for i in range(num_levels)])
    assert hierarchical_f1(preds, targets) == pytest.approx(mean)


def test_exchanging_predictions_and_targets_changes_nothing() -> None:
    preds, targets = np.array([[0, 1, -1], [1, -1, -1]]), np.array([[0, 1, 2], [0, 1, -1]])
    assert hierarchical_f1(preds, targets) == hierarchical_f1(targets, preds) == pytest.approx(0.5)


def test_predicting_nothing_scores_nothing() -> None:
    nothing = np.full((2, 3), -1)
    assert hierarchical_f1(nothing, np.zeros((2, 3), dtype=np.int64)) == 0
    assert hierarchical_f1(nothing, nothing) == 0
