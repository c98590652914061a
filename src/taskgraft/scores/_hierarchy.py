"""Scores across levels."""

from __future__ import annotations

import numpy as np

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
