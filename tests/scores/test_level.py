import warnings

import numpy as np
import pytest
import sklearn.metrics
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from torchmetrics.functional.classification import multiclass_accuracy

from taskgraft.errors import TaskgraftError
from taskgraft.scores import accuracy, negative_log_likelihood, score, top_classes
from taskgraft.taxonomy import Taxonomy

SEVEN = Taxonomy.from_names(["only"], [(str(k),) for k in range(7)])

CLASSES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=40)


@pytest.mark.parametrize("seed", range(5))
def test_scores_agree_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, targets = rng.normal(0, 3, (50, 7)).astype(np.float32), rng.integers(0, 7, 50)
    assert accuracy(logits.argmax(1), targets) == sklearn.metrics.accuracy_score(targets, logits.argmax(1))
    expected = sklearn.metrics.log_loss(targets, softmax(logits.astype(np.float64), axis=1), labels=range(7))
    assert negative_log_likelihood(logits, targets) == pytest.approx(expected, rel=1e-9)


@given(CLASSES)
def test_class_averages_agree_with_scikit_learn_whichever_classes_occur(pairs: list[tuple[int, int]]) -> None:
    preds, targets = np.array(pairs).T
    scores = score([np.eye(7)[preds]], targets[:, None], SEVEN)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "y_pred contains classes not in y_true|A single label was found")
        assert scores["balanced_accuracy.only"] == pytest.approx(
            sklearn.metrics.balanced_accuracy_score(targets, preds)
        )
    expected = sklearn.metrics.f1_score(targets, preds, average="macro", zero_division=0)
    assert scores["macro_f1.only"] == pytest.approx(expected)


def test_top_five_accuracy_agrees_with_torchmetrics() -> None:
    rng = np.random.default_rng(5)
    logits, targets = rng.normal(size=(200, 7)), rng.integers(0, 7, 200)
    expected = multiclass_accuracy(
        torch.from_numpy(logits), torch.from_numpy(targets), 7, average="micro", top_k=5
    )
    assert score([logits], targets[:, None], SEVEN)["top5_accuracy.only"] == pytest.approx(float(expected))


@given(st.lists(st.lists(st.integers(0, 2), min_size=6, max_size=6), min_size=1, max_size=10))
def test_the_first_of_the_top_classes_is_the_arg_max_and_all_are_all(rows: list[list[int]]) -> None:
    logits = np.array(rows, dtype=np.float32)  # small whole numbers: nearly every row has ties
    np.testing.assert_array_equal(top_classes(logits, 1)[:, 0], logits.argmax(1))
    np.testing.assert_array_equal(np.sort(top_classes(logits, 6)), np.tile(np.arange(6), (len(rows), 1)))


@pytest.mark.parametrize("k", [0, 4])
def test_more_classes_than_there_are_is_refused(k: int) -> None:
    expected = rf"Expected k to be from 1 to the number of classes, 3, but got {k}\."
    with pytest.raises(TaskgraftError, match=expected):
        top_classes(np.zeros((2, 3)), k)


@given(st.permutations(range(5)), st.integers(0, 2**32 - 1))
def test_relabelling_classes_changes_no_score(order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, targets = rng.normal(size=(20, 5)), rng.integers(0, 5, 20)
    to = np.array(order)
    moved = np.empty_like(logits)
    moved[:, to] = logits
    assert accuracy(moved.argmax(1), to[targets]) == pytest.approx(accuracy(logits.argmax(1), targets))
    assert negative_log_likelihood(moved, to[targets]) == pytest.approx(
        negative_log_likelihood(logits, targets)
    )


def test_huge_logits_stay_finite() -> None:
    assert negative_log_likelihood(np.array([[1e4, 0.0]]), np.array([1])) == pytest.approx(1e4)
