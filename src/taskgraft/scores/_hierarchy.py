"""Scores across levels, and predictions of a coarser level had from a finer one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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
