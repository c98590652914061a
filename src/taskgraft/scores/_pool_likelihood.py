"""How probable a pool of levels makes true leaves, and which way its weights should go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from taskgraft.scores._level import FloatArray
from taskgraft.scores._measurement import Sparse
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.taxonomy import IntArray, Taxonomy

Weights = npt.NDArray[np.float64]
Likelihood = Callable[[Weights], tuple[float, Weights]]
"""From weights of the levels, shape (L,), to a loss and its slope along each."""

# Of so many leaves a product over all of them at once takes less than the way along the tree.
_FEW_LEAVES = 2048


def likelihood_of(logits: Sequence[FloatArray], leaves: IntArray, taxonomy: Taxonomy) -> Likelihood:
    """The negative log-likelihood of true leaves under weights, summed over images, and its slope.

    One sum in two orders: their last digits differ, and narrow trees keep the numbers that they always had.

    Args:
        logits: One array (N, K) a level, coarsest first.
        leaves: The true ones, shape (N,).
        taxonomy: The L levels, a tree.

    Example:
        >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])
        >>> loss, slope = likelihood_of([np.zeros((1, 2)), np.eye(3)[:1]], np.array([0]), t)(np.zeros(2))
        >>> round(loss, 3), slope.round(3).tolist()
        (1.099, [0.0, -0.667])
    """
    if taxonomy.num_classes[-1] <= _FEW_LEAVES:
        along_paths = _along_paths(logits, taxonomy)
        # Dozens of weights are tried: new arrays for each are slower to come by than to fill.
        rooms = np.empty(along_paths.shape[:2]), np.empty(along_paths.shape[:2])
        return partial(_along_all_paths, along_paths, leaves, rooms)
    return partial(_level_by_level, list(_blocks(logits, leaves)), taxonomy, _memberships(taxonomy))


def _along_paths(logits: Sequence[FloatArray], taxonomy: Taxonomy) -> Weights:
    """Of each leaf, the logits of its ancestors and its own: shape (N, leaves, L)."""
    levels = enumerate(logits)
    return np.stack([np.float64(of_level[:, taxonomy.ancestors(i)]) for i, of_level in levels], axis=2)


def _along_all_paths(
    along_paths: Weights, leaves: IntArray, rooms: tuple[Weights, Weights], weights: Weights
) -> tuple[float, Weights]:
    log_probs = np.matmul(along_paths, weights, out=rooms[0])
    log_probs -= log_probs.max(axis=1, keepdims=True)
    log_probs -= np.log(np.exp(log_probs, out=rooms[1]).sum(axis=1, keepdims=True))
    rows = np.arange(len(leaves))
    loss = -float(log_probs[rows, leaves].sum())
    # Expected less true: what the probabilities say, less 1 at the true leaf.
    excess = np.exp(log_probs, out=log_probs)
    excess[rows, leaves] -= 1
    slope: Weights = np.tensordot(excess, along_paths, axes=2)
    return loss, slope


# The logits of some images, one array (K, n) a level: rows of images are added up several times as fast.
_Block = tuple[list[Weights], IntArray]


def _blocks(logits: Sequence[FloatArray], leaves: IntArray) -> Iterator[_Block]:
    for rows in row_blocks(*logits[-1].shape):
        yield [np.ascontiguousarray(level[rows].T, dtype=np.float64) for level in logits], leaves[rows]


def _memberships(taxonomy: Taxonomy) -> list[Sparse]:
    """Of each level but the first, 1 for each class at its parent: shape (K of the level above, K)."""
    # A tenth of a second that whoever predicts need not wait.
    from scipy.sparse import csr_array  # noqa: PLC0415

    return [
        csr_array((np.ones(finer), (taxonomy.parents_of(level), np.arange(finer))), shape=(coarser, finer))
        for level, (coarser, finer) in enumerate(
            zip(taxonomy.num_classes, taxonomy.num_classes[1:], strict=False), start=1
        )
    ]


def _level_by_level(
    blocks: Sequence[_Block], taxonomy: Taxonomy, memberships: Sequence[Sparse], weights: Weights
) -> tuple[float, Weights]:
    """The same without an array of all leaves times all levels: handed down the tree, and summed up it."""
    loss, slope = 0.0, np.zeros(len(weights))
    for logits, leaves in blocks:
        pooled = weights[0] * logits[0]
        for level in range(1, len(logits)):
            pooled = np.take(pooled, taxonomy.parents_of(level), axis=0)
            pooled += weights[level] * logits[level]
        of_images, excess = _loss_and_excess(pooled, leaves)
        loss += of_images
        slope[-1] += np.vdot(excess, logits[-1])
        for level in range(len(logits) - 1, 0, -1):
            excess = memberships[level - 1] @ excess
            slope[level - 1] += np.vdot(excess, logits[level - 1])
    return loss, slope


def _loss_and_excess(pooled: Weights, leaves: IntArray) -> tuple[float, Weights]:
    """The loss, and how much more each leaf is expected than it is true: in place, shape (leaves, n)."""
    columns = np.arange(len(leaves))
    pooled -= pooled.max(axis=0)
    of_truth = pooled[leaves, columns]
    np.exp(pooled, out=pooled)
    totals = pooled.sum(axis=0)
    pooled /= totals
    pooled[leaves, columns] -= 1
    return float(np.sum(np.log(totals) - of_truth)), pooled
