"""Which decoding a model takes along: one whose classes always lie under one another."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import binomtest

from taskgraft.scores._decoding import DECODINGS
from taskgraft.scores._level import FloatArray
from taskgraft.taxonomy import IntArray, Taxonomy

NESTED = ("joint", "top-down", "crm")
"""Decodings that give a leaf and its ancestors."""

_SIGNIFICANT = 0.05


def nested_decoding(probs: Sequence[FloatArray], targets: IntArray, taxonomy: Taxonomy) -> str:
    """The decoding for use, chosen on validation images: `joint`, unless another is detectably better.

    Better is: right along the full path on more images, by a sign test on the images where the two differ.

    Args:
        probs: One array (N, K) a level, coarsest first.
        targets: True classes, shape (N, L), -1 where not known; only images with all labels count.
        taxonomy: The L levels.

    Returns:
        One of `NESTED`; `independent` for a single level and without a tree.

    Example:
        >>> import numpy as np
        >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])
        >>> nested_decoding([np.array([[0.5, 0.5]]), np.array([[0.2, 0.3, 0.5]])], np.array([[1, 2]]), t)
        'joint'
    """
    if taxonomy.num_levels == 1 or not taxonomy.is_tree:
        return "independent"
    is_labelled = (targets >= 0).all(axis=1)
    if not is_labelled.any():
        return NESTED[0]
    kept = [level[is_labelled] for level in probs]
    right = {name: (DECODINGS[name](kept, taxonomy) == targets[is_labelled]).all(axis=1) for name in NESTED}
    first, *others = NESTED
    best = max(others, key=lambda name: int(right[name].sum()))
    num_better = int((right[best] & ~right[first]).sum())
    num_worse = int((right[first] & ~right[best]).sum())
    if num_better <= num_worse:
        return first
    p = binomtest(num_better, num_better + num_worse, alternative="greater").pvalue
    return best if p < _SIGNIFICANT / len(others) else first
