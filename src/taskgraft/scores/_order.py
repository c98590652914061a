"""Classes in the order of their logits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.errors import TaskgraftError
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.taxonomy import IntArray

FloatArray = npt.NDArray[np.floating]

_SIGN = np.uint32(1 << 31)


def top_classes(logits: FloatArray, k: int) -> IntArray:
    """The k classes of largest logit, largest first; of equal logits the lower class first, as in arg-max.

    Args:
        logits: Shape (N, K).
        k: From 1 to K.

    Returns:
        Shape (N, k).

    Raises:
        TaskgraftError: If there are no k classes.

    Example:
        >>> top_classes(np.array([[0.0, 2.0, 1.0, 2.0]]), 3).tolist()
        [[1, 3, 2]]
    """
    num_classes = logits.shape[1]
    if not 1 <= k <= num_classes:
        raise TaskgraftError.expected(
            "k", f"from 1 to the number of classes, {num_classes}", k, "Choose another k."
        )
    top = np.empty((len(logits), k), dtype=np.int64)
    for rows in row_blocks(*logits.shape):
        block = logits[rows]
        top[rows] = _ordered(block) if k == num_classes else _first(block, k)
    return top


def _first(logits: FloatArray, k: int) -> IntArray:
    """The first k of each row: those above the k-th are sorted, all others never are."""
    falling = -logits
    is_first = falling <= np.partition(falling, k - 1, axis=1)[:, k - 1 : k]
    top = np.empty((len(logits), k), dtype=np.int64)
    # Of equal ones at the end only some are among them; of what is no number, none.
    is_plain = is_first.sum(axis=1) == k
    classes = np.nonzero(is_first[is_plain])[1].reshape(-1, k)
    order = np.argsort(np.take_along_axis(falling[is_plain], classes, axis=1), axis=1, kind="stable")
    top[is_plain] = np.take_along_axis(classes, order, axis=1)
    top[~is_plain] = _ordered(logits[~is_plain])[:, :k]
    return top


def _ordered(logits: FloatArray) -> IntArray:
    """All classes of each row, largest first, as a stable sort of the negated logits has them.

    Numbers of 32 bits are sorted together with their places, as whole numbers of 64 bits, which no two have
    in common: several times as fast as a stable sort.
    """
    if logits.dtype.itemsize > 4 or np.isnan(logits).any():
        return np.argsort(-logits, axis=1, kind="stable")
    # 0 and -0 are equal, and in bits only once they are added to 0.
    bits = (-(logits.astype(np.float32) + np.float32(0))).view(np.uint32)
    # Of numbers below 0 the bits fall where the number rises.
    rising = np.where(bits & _SIGN, ~bits, bits | _SIGN).astype(np.uint64)
    keys = rising << np.uint64(32) | np.arange(logits.shape[1], dtype=np.uint64)
    keys.sort(axis=1)
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
