"""Probabilities of a tree that agree with one another: that of a class is the sum of its children's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from taskgraft.scores._decoding import probs_of
from taskgraft.scores._hierarchy import sum_under
from taskgraft.scores._level import FloatArray
from taskgraft.taxonomy import IntArray, Taxonomy

Probs = npt.NDArray[np.float64]


def tree_probs(probs: Sequence[FloatArray], taxonomy: Taxonomy, decoding: str) -> list[Probs]:
    """Probabilities of all classes, as a decoding sees them: the leaves', and their sums under each ancestor.

    Leaves are weighed as the decoding weighs them: `joint` by the product of the probabilities along the
    path; `top-down` by that of each class among its siblings; every other one by the finest level alone.

    Args:
        probs: One array (N, K) a level, coarsest first.
        taxonomy: The L levels. Without a tree, the probabilities are given back as they are.
        decoding: One of `DECODINGS`.

    Returns:
        Of each level, coarsest first, float64 of shape (N, K); each row sums to 1.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> heads = [np.array([[0.6, 0.4]]), np.array([[0.25, 0.25, 0.5]])]
        >>> [level.round(2).tolist() for level in tree_probs(heads, t, "top-down")]
        [[[0.6, 0.4]], [[0.3, 0.3, 0.4]]]
    """
    if not taxonomy.is_tree:
        return [np.asarray(level, dtype=np.float64) for level in probs]
    leaves = _LEAVES.get(decoding, _finest)(probs, taxonomy)
    coarser = [
        sum_under(leaves, taxonomy.ancestors(level), taxonomy.num_classes[level])
        for level in range(taxonomy.num_levels - 1)
    ]
    return [*coarser, leaves]


def along_path(probs: Sequence[Probs], preds: IntArray) -> Probs:
    """The probability of each predicted class: shape (N, L).

    Args:
        probs: Of each level, coarsest first, shape (N, K).
        preds: Predicted classes, shape (N, L).
    """
    rows = np.arange(len(preds))
    return np.stack([level[rows, chosen] for level, chosen in zip(probs, preds.T, strict=True)], axis=1)


def _finest(probs: Sequence[FloatArray], taxonomy: Taxonomy) -> Probs:
    return np.asarray(probs[-1], dtype=np.float64)


def _joint(probs: Sequence[FloatArray], taxonomy: Taxonomy) -> Probs:
    # The floor of `decode_joint`: levels that rule each other out entirely keep an order.
    floor = np.finfo(np.float64).tiny
    logs = [np.log(np.maximum(level, floor, dtype=np.float64)) for level in probs]
    paths = [log[:, taxonomy.ancestors(level)] for level, log in enumerate(logs)]
    return probs_of(np.sum(paths, axis=0))


def _top_down(probs: Sequence[FloatArray], taxonomy: Taxonomy) -> Probs:
    leaves = np.asarray(probs[0], dtype=np.float64)
    for level in range(1, taxonomy.num_levels):
        parents, of_level = taxonomy.parents_of(level), np.asarray(probs[level], dtype=np.float64)
        siblings = sum_under(of_level, parents, taxonomy.num_classes[level - 1])[:, parents]
        num_siblings = np.bincount(parents)[parents]
        # Where a head gives all of a family nothing, its members are alike.
        among = np.divide(of_level, siblings, out=np.ones_like(of_level) / num_siblings, where=siblings > 0)
        leaves = leaves[:, parents] * among
    return leaves


_LEAVES: dict[str, Callable[[Sequence[FloatArray], Taxonomy], Probs]] = {
    "joint": _joint,
    "top-down": _top_down,
}
