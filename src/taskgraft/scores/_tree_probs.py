"""Probabilities of a tree that agree with one another: that of a class is the sum of its children's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from taskgraft.scores._along_tree import probs_under
from taskgraft.scores._decoding import paths_to
from taskgraft.scores._level import FloatArray
from taskgraft.scores._pool import Probs, Weights, pooled_leaf_probs
from taskgraft.taxonomy import IntArray, Taxonomy

POOLED = "pooled"
"""The decoding of a model that goes with these probabilities: the most probable leaf and its ancestors."""


def tree_probs(logits: Sequence[FloatArray], weights: Weights, taxonomy: Taxonomy) -> list[Probs]:
    """Probabilities of all classes: the leaves' as all levels see them, and their sums under each ancestor.

    Args:
        logits: One array (N, K) a level, coarsest first.
        weights: How much each level counts, as `fit_pool` gives them: shape (L,).
        taxonomy: The L levels, a tree.

    Returns:
        Of each level, coarsest first, float64 of shape (N, K); each row sums to 1.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> logits = [np.log([[0.6, 0.4]]), np.log([[0.3, 0.32, 0.38]])]
        >>> [level.round(2).tolist() for level in tree_probs(logits, np.array([1.0, 1.0]), t)]
        [[[0.71, 0.29]], [[0.34, 0.37, 0.29]]]
    """
    return probs_under(pooled_leaf_probs(logits, weights, taxonomy), taxonomy)


def most_probable_paths(probs: Sequence[Probs], taxonomy: Taxonomy) -> IntArray:
    """The most probable leaf and its ancestors: int64 of shape (N, L).

    Args:
        probs: Of each level, coarsest first, shape (N, K); only the leaves' are looked at.
        taxonomy: The L levels, a tree.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> most_probable_paths([np.array([[0.4, 0.6]]), np.array([[0.3, 0.1, 0.6]])], t).tolist()
        [[1, 2]]
    """
    return paths_to(probs[-1].argmax(axis=1), taxonomy)


def along_path(probs: Sequence[Probs], preds: IntArray) -> Probs:
    """The probability of each predicted class: shape (N, L).

    Args:
        probs: Of each level, coarsest first, shape (N, K).
        preds: Predicted classes, shape (N, L).
    """
    rows = np.arange(len(preds))
    return np.stack([level[rows, chosen] for level, chosen in zip(probs, preds.T, strict=True)], axis=1)
