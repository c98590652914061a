"""Scores of one level: pure functions of predictions and targets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from taskgraft.taxonomy import IntArray

FloatArray = npt.NDArray[np.floating]


def accuracy(preds: IntArray, targets: IntArray) -> float:
    """Top-1 accuracy: the share of images whose predicted class is the true one.

    Args:
        preds: Predicted classes, shape (N,).
        targets: True classes, shape (N,).

    Example:
        >>> accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]))
        0.75
    """
    return float(np.mean(preds == targets))


def negative_log_likelihood(logits: FloatArray, targets: IntArray) -> float:
    """Mean over images of -log softmax(logits)[target], in nats.

    Args:
        logits: Shape (N, K).
        targets: True classes, shape (N,).

    Example:
        >>> round(negative_log_likelihood(np.zeros((1, 4)), np.array([2])), 4)
        1.3863
    """
    log_probs = log_softmax(np.asarray(logits, dtype=np.float64), axis=1)
    return float(-np.mean(log_probs[np.arange(len(targets)), targets]))
