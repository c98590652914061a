import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import brier_score_loss
from torchmetrics.functional.classification import multiclass_calibration_error

from taskgraft.scores import (
    brier,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    probs_of,
    reliability_bins,
)
from taskgraft.scores._calibration import TEMPERATURES, equal_mass_bins


class LogitsAreGiven(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose decision function hands back its input."""

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes
        self.classes_ = np.arange(num_classes)

    def fit(self, X: np.ndarray, y: np.ndarray) -> "LogitsAreGiven":
        return self

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        return X

    def predict(self, X: np.ndarray) -> np.ndarray:
        return X.argmax(axis=1)


def random_level(seed: int, num_images: int = 200, num_classes: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Logits that know something of the targets, and the targets."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, num_classes, num_images)
    return rng.normal(0, 2, (num_images, num_classes)) + 2 * np.eye(num_classes)[targets], targets


@pytest.mark.parametrize("seed", range(5))
def test_brier_agrees_with_scikit_learn(seed: int) -> None:
    logits, targets = random_level(seed)
    probs = probs_of(logits)
    expected = brier_score_loss(targets, probs, labels=range(6), scale_by_half=False)
    assert brier(probs, targets) == pytest.approx(expected)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=60), st.integers(1, 20))
def test_bins_follow_the_ranks_and_keep_equal_confidences_together(values: list[int], num_bins: int) -> None:
    confidences = np.array(values) / 8
    bins = equal_mass_bins(confidences, num_bins)
    for one, bin_of_one in zip(confidences, bins, strict=True):
        assert bin_of_one == sum(other < one for other in confidences) * num_bins // len(confidences)
    order = np.random.default_rng(0).permutation(len(values))
    np.testing.assert_array_equal(equal_mass_bins(confidences[order], num_bins), bins[order])


@given(st.integers(1, 100), st.integers(1, 20))
def test_bins_without_ties_differ_by_one_image_at_most(num_images: int, num_bins: int) -> None:
    confidences = np.random.default_rng(num_images).permutation(num_images) / num_images
    counts = np.bincount(equal_mass_bins(confidences, num_bins), minlength=num_bins)
    assert counts.sum() == num_images
    assert counts.max() - counts.min() <= 1


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(1, 60), st.booleans())
def test_calibration_error_agrees_with_a_loop(seed: int, num_bins: int, num_images: int, ties: bool) -> None:
    logits, targets = random_level(seed, num_images)
    probs = probs_of(logits.round() if ties else logits)
    bins = equal_mass_bins(probs.max(1), num_bins)
    expected = 0.0
    for b in set(bins.tolist()):
        inside = [i for i in range(num_images) if bins[i] == b]
        confidence = sum(probs[i].max() for i in inside) / len(inside)
        right = sum(probs[i].argmax() == targets[i] for i in inside) / len(inside)
        expected += len(inside) / num_images * abs(right - confidence)
    assert expected_calibration_error(probs, targets, num_bins) == pytest.approx(expected)


def test_calibration_error_agrees_with_torchmetrics_where_equal_mass_is_equal_width() -> None:
    # torchmetrics knows bins of equal width only; confidences spread evenly over [0, 1] fill them equally.
    num_images, num_classes = 45, 100
    confidences = (np.arange(num_images) + 0.5) / num_images
    probs = np.repeat(((1 - confidences) / (num_classes - 1))[:, None], num_classes, axis=1)
    probs[:, 0] = confidences
    targets = np.random.default_rng(0).integers(0, 2, num_images)
    expected = multiclass_calibration_error(
        torch.from_numpy(probs), torch.from_numpy(targets), num_classes, n_bins=15
    )
    assert expected_calibration_error(probs, targets) == pytest.approx(float(expected), rel=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_reliability_bins_average_to_the_whole(seed: int, num_bins: int) -> None:
    logits, targets = random_level(seed, num_images=37)
    probs = probs_of(logits)
    bins = reliability_bins(probs, targets, num_bins)
    assert bins.shares.sum() == pytest.approx(1)
    assert bins.shares @ bins.confidences == pytest.approx(probs.max(1).mean())
    assert bins.shares @ bins.accuracies == pytest.approx(np.mean(probs.argmax(1) == targets))
    assert (np.diff(bins.confidences) > 0).all()


def test_certainty_that_is_right_is_calibrated() -> None:
    probs, targets = np.eye(4)[[0, 1, 2, 3]], np.arange(4)
    assert expected_calibration_error(probs, targets) == 0
    assert brier(probs, targets) == 0


@pytest.mark.parametrize("seed", range(3))
def test_temperature_agrees_with_scikit_learn(seed: int) -> None:
    logits, targets = random_level(seed)
    reference = CalibratedClassifierCV(FrozenEstimator(LogitsAreGiven(6)), method="temperature")
    expected = reference.fit(logits, targets).predict_proba(logits)
    np.testing.assert_allclose(
        softmax(logits / fit_temperature(logits, targets), axis=1), expected, atol=1e-4
    )


@given(st.integers(0, 2**32 - 1))
def test_no_other_temperature_is_better(seed: int) -> None:
    logits, targets = random_level(seed)
    best = negative_log_likelihood(logits / fit_temperature(logits, targets), targets)
    assert all(
        best <= negative_log_likelihood(logits / t, targets) + 1e-9 for t in np.geomspace(*TEMPERATURES, 50)
    )


@given(st.integers(0, 2**32 - 1), st.floats(0.2, 5))
def test_scaling_the_logits_scales_the_temperature(seed: int, scale: float) -> None:
    logits, targets = random_level(seed)
    assert fit_temperature(scale * logits, targets) == pytest.approx(
        scale * fit_temperature(logits, targets), rel=1e-4
    )


def test_temperature_stays_within_its_bounds_when_everything_or_nothing_is_right() -> None:
    logits = np.eye(3) * 5
    sharp = fit_temperature(logits, np.arange(3))
    assert TEMPERATURES[0] <= sharp < 1
    assert negative_log_likelihood(logits / sharp, np.arange(3)) == pytest.approx(0)
    assert fit_temperature(logits, np.array([1, 2, 0])) == pytest.approx(TEMPERATURES[1], rel=1e-2)
