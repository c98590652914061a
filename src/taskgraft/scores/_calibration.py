"""Whether probabilities can be believed: Brier score, calibration error, and a temperature to mend it.

Images whose target is -1, without a label, are left out; without another image, each is a `DataError`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.scores._labelled import labelled
from taskgraft.scores._level import FloatArray, target_log_probs
from taskgraft.taxonomy import IntArray

NUM_BINS = 15
"""Bins of the calibration error, as in Guo et al. (2017)."""

TEMPERATURES = (0.01, 100.0)
"""The temperatures between which `fit_temperature` searches."""


@dataclass(frozen=True)
class ReliabilityBins:
    """The points of a reliability diagram, by rising confidence; bins without an image are left out.

    Attributes:
        shares: Share of the images in each bin, shape (num_bins,); they sum to 1.
        confidences: Mean confidence of each bin, shape (num_bins,).
        accuracies: Accuracy of each bin, shape (num_bins,).
    """

    shares: npt.NDArray[np.float64]
    confidences: npt.NDArray[np.float64]
    accuracies: npt.NDArray[np.float64]


def brier(probs: FloatArray, targets: IntArray) -> float:
    """Multi-class Brier score: mean over images of sum_k (probs_k - [k is the target])^2, from 0 to 2.

    Source: Brier (1950), "Verification of forecasts expressed in terms of probability".

    Args:
        probs: Shape (N, K); each row sums to 1.
        targets: True classes, -1 where there is no label: shape (N,).

    Example:
        >>> brier(np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([0, 1]))
        0.25
    """
    chosen = labelled(targets)
    probs, targets = probs[chosen], targets[chosen]
    truth = np.arange(probs.shape[1]) == targets[:, None]
    return float(np.mean(np.square(probs - truth).sum(axis=1)))


def equal_mass_bins(confidences: FloatArray, num_bins: int = NUM_BINS) -> IntArray:
    """The bin of each image when every bin holds as nearly as possible the same number of images.

    bin = floor(r * num_bins / N), with r the number of images of strictly lower confidence. Where N is not
    divisible by num_bins the sizes differ by one at most. Images of equal confidence share the bin of the
    first of them, so that the order of the images decides nothing; bins may then stay empty.

    Args:
        confidences: Shape (N,).
        num_bins: Number of bins.

    Returns:
        Shape (N,), from 0 (lowest confidence) to num_bins - 1.

    Example:
        >>> equal_mass_bins(np.array([0.9, 0.5, 0.7, 0.6, 0.8]), 2).tolist()
        [1, 0, 0, 0, 1]
        >>> equal_mass_bins(np.array([0.5, 0.9, 0.5, 0.5]), 2).tolist()
        [0, 1, 0, 0]
    """
    lower = np.searchsorted(np.sort(confidences), confidences, side="left")
    return lower * num_bins // len(confidences)


def reliability_bins(probs: FloatArray, targets: IntArray, num_bins: int = NUM_BINS) -> ReliabilityBins:
    """Confidence (the largest probability) and accuracy within each bin of `equal_mass_bins`.

    Args:
        probs: Shape (N, K); each row sums to 1.
        targets: True classes, -1 where there is no label: shape (N,).
        num_bins: Number of bins.

    Example:
        >>> probs = np.array([[0.6, 0.4], [0.3, 0.7], [0.9, 0.1], [0.2, 0.8]])
        >>> bins = reliability_bins(probs, np.array([0, 0, 0, 1]), 2)
        >>> bins.shares.tolist(), bins.confidences.round(2).tolist(), bins.accuracies.tolist()
        ([0.5, 0.5], [0.65, 0.85], [0.5, 1.0])
    """
    chosen = labelled(targets)
    probs, targets = probs[chosen], targets[chosen]
    return bins_of(probs.max(axis=1), probs.argmax(axis=1) == targets, num_bins)


def bins_of(
    confidences: FloatArray, is_right: npt.NDArray[np.bool_], num_bins: int = NUM_BINS
) -> ReliabilityBins:
    """The same from what it rests on: it needs no probabilities of other classes.

    Args:
        confidences: The largest probability of each image, shape (N,).
        is_right: Whether its class is the true one, shape (N,).
        num_bins: Number of bins.
    """
    bins = equal_mass_bins(confidences, num_bins)
    counts = np.bincount(bins, minlength=num_bins)
    filled = counts > 0
    counts = counts[filled]
    return ReliabilityBins(
        shares=counts / len(confidences),
        confidences=np.bincount(bins, confidences, num_bins)[filled] / counts,
        accuracies=np.bincount(bins, is_right, num_bins)[filled] / counts,
    )


def expected_calibration_error(probs: FloatArray, targets: IntArray, num_bins: int = NUM_BINS) -> float:
    """Expected calibration error: sum over bins of share * |accuracy - confidence|.

    The bins hold equally many images each, which is less biased than bins of equal width; `equal_mass_bins`
    says what happens to ties and remainders. Source: Guo et al. (2017), "On Calibration of Modern Neural
    Networks"; for the bins, Roelofs et al. (2022), "Mitigating Bias in Calibration Error Estimation".

    Args:
        probs: As for `reliability_bins`.
        targets: As for `reliability_bins`.
        num_bins: Number of bins.

    Example:
        >>> probs = np.array([[0.6, 0.4], [0.2, 0.8]])
        >>> round(expected_calibration_error(probs, np.array([0, 1]), 2), 4)
        0.3
    """
    bins = reliability_bins(probs, targets, num_bins)
    return float(np.sum(bins.shares * np.abs(bins.accuracies - bins.confidences)))


def fit_temperature(logits: FloatArray, targets: IntArray) -> float:
    """The temperature T that minimises the negative log-likelihood of softmax(logits / T).

    Fit it on validation images only. The likelihood is convex in 1/T, so it has one valley in log T and a
    bounded search finds its floor; logits that get every image right have none, and T is then any that
    leaves no likelihood to gain.

    Source: Guo et al. (2017), "On Calibration of Modern Neural Networks".

    Args:
        logits: Shape (N, K).
        targets: True classes, -1 where there is no label: shape (N,).

    Example:
        >>> logits = 3 * np.log([[0.8, 0.2]] * 5)
        >>> round(fit_temperature(logits, np.array([0, 0, 0, 0, 1])), 3)
        3.0
    """
    # Half a second that whoever predicts need not wait.
    from scipy.optimize import minimize_scalar  # noqa: PLC0415

    chosen = labelled(targets)
    logits, targets = logits[chosen], targets[chosen]
    largest = logits.max(axis=1)
    optimum = minimize_scalar(
        lambda log_t: float(-np.mean(target_log_probs(logits, targets, math.exp(log_t), largest))),
        bounds=(math.log(TEMPERATURES[0]), math.log(TEMPERATURES[1])),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return float(math.exp(optimum.x))
