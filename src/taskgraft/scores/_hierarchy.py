"""Scores across levels, and predictions of a coarser level had from a finer one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from taskgraft.scores._known import known_images
from taskgraft.scores._level import FloatArray
from taskgraft.taxonomy import IntArray


def consistency(coarser_preds: IntArray, finer_preds: IntArray, parents: IntArray) -> float:
    """Share of images whose predicted finer class lies under the predicted coarser one.

    Args:
        coarser_preds: Predicted classes of the coarser level, shape (N,).
        finer_preds: Predicted classes of the finer level, shape (N,).
        parents: Coarser class of each finer class, shape (K_finer,).

    Example:
        >>> consistency(np.array([0, 1, 1]), np.array([0, 2, 1]), np.array([0, 0, 1]))
        0.6666666666666666
    """
    return float(np.mean(parents[finer_preds] == coarser_preds))


def full_path_accuracy(preds: IntArray, targets: IntArray) -> float:
    """Share of images that are right at every level, among those whose class is known at every level.

    Args:
        preds: Predicted classes, shape (N, L).
        targets: True classes, shape (N, L); -1 where not known.

    Raises:
        DataError: If no image is known at every level.

    Example:
        >>> full_path_accuracy(np.array([[0, 1], [1, 2]]), np.array([[0, 1], [0, 2]]))
        0.5
    """
    known = known_images(targets)
    return float(np.mean((preds[known] == targets[known]).all(axis=1)))


def sum_under(probs: FloatArray, ancestors: IntArray, num_classes: int) -> npt.NDArray[np.float64]:
    """Probabilities of finer classes, summed under each ancestor.

    Args:
        probs: Probabilities of the finer level, shape (N, K_finer).
        ancestors: Coarser class of each finer class, shape (K_finer,).
        num_classes: Classes of the coarser level, K.

    Returns:
        Shape (N, K).

    Example:
        >>> sum_under(np.array([[0.25, 0.25, 0.5]]), np.array([0, 1, 1]), 2).tolist()
        [[0.25, 0.75]]
    """
    membership = np.zeros((len(ancestors), num_classes))
    membership[np.arange(len(ancestors)), ancestors] = 1
    summed: npt.NDArray[np.float64] = probs @ membership
    return summed


def summed_probs(finer_logits: FloatArray, ancestors: IntArray, num_classes: int) -> npt.NDArray[np.float64]:
    """Probabilities of a coarser level: those of the finer classes, summed under each ancestor.

    The free baseline: a network that predicts the finest level only predicts every coarser one this way.

    Args:
        finer_logits: Logits of the finer level, shape (N, K_finer).
        ancestors: Coarser class of each finer class, shape (K_finer,).
        num_classes: Classes of the coarser level, K.

    Returns:
        Shape (N, K); each row sums to 1.

    Example:
        >>> summed_probs(np.log([[0.3, 0.3, 0.4]]), np.array([0, 0, 1]), 2).round(3).tolist()
        [[0.6, 0.4]]
    """
    return sum_under(softmax(np.asarray(finer_logits, dtype=np.float64), axis=1), ancestors, num_classes)
