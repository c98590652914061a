"""What several seeds predict together."""

from __future__ import annotations

import numpy as np

from taskgraft.taxonomy import IntArray


def majority(preds: IntArray) -> IntArray:
    """The class most seeds predict, the lowest of several: shape (S, N) to (N,)."""
    votes = np.stack([(preds == preds[seed]).sum(axis=0) for seed in range(len(preds))])
    best = np.where(votes == votes.max(axis=0), preds, np.iinfo(np.int64).max)
    lowest: IntArray = best.min(axis=0)
    return lowest
