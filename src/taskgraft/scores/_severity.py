"""How bad mistakes are: distances in the taxonomy between predicted and true leaves.

Source: Bertinetto et al. (2020), "Making Better Mistakes: Leveraging Class Hierarchies with Deep Networks".

Images whose leaf is -1, without a label, are left out; without another image, each is a `DataError`. A class
that ends early and is continued by itself counts at every level it stands at.
"""

from __future__ import annotations

import numpy as np

from taskgraft.scores._labelled import labelled
from taskgraft.taxonomy import IntArray, Taxonomy


def lca_heights(taxonomy: Taxonomy) -> IntArray:
    """Height of the lowest common ancestor of every two leaves, counted in levels above the leaves.

    0 on the diagonal, 1 for children of one parent, and L for leaves that differ even at the coarsest level:
    their common ancestor is the root above it. It equals the number of levels at which the two paths differ.

    Args:
        taxonomy: Of L levels with K leaves.

    Returns:
        Shape (K, K), symmetric.

    Example:
        >>> paths = [("pet", "cat"), ("pet", "dog"), ("car", "van")]
        >>> lca_heights(Taxonomy.from_names(["coarse", "fine"], paths)).tolist()
        [[0, 1, 2], [1, 0, 2], [2, 2, 0]]
    """
    return num_levels_apart(taxonomy)


def num_levels_apart(taxonomy: Taxonomy) -> IntArray:
    """At how many levels the paths to every two leaves differ: shape (K, K), symmetric.

    Example:
        >>> paths = [("bread", "bread (itself)"), ("cake", "cake (itself)")]
        >>> num_levels_apart(Taxonomy.from_names(["coarse", "fine"], paths)).tolist()
        [[0, 2], [2, 0]]
    """
    leaves = taxonomy.num_classes[-1]
    apart = np.zeros((leaves, leaves), dtype=np.int64)
    for level in range(taxonomy.num_levels):
        ancestors = taxonomy.ancestors(level)
        apart += ancestors[:, None] != ancestors
    return apart


def mistake_severity(preds: IntArray, targets: IntArray, heights: IntArray) -> float:
    """Mean over the mistaken images of the height of the lowest common ancestor; 0.0 without a mistake.

    It speaks of mistakes only, so a classifier that learns to avoid its mild ones looks worse by it: read it
    beside the accuracy, or the score `hierarchical_distance@1`, which is severity times error rate.

    Args:
        preds: Predicted leaves, shape (N,).
        targets: True leaves, -1 where there is no label: shape (N,).
        heights: `lca_heights` of the taxonomy, shape (K, K).

    Example:
        >>> heights = np.array([[0, 1, 2], [1, 0, 2], [2, 2, 0]])
        >>> mistake_severity(np.array([0, 1, 2]), np.array([0, 0, 0]), heights)
        1.5
        >>> mistake_severity(np.array([0]), np.array([0]), heights)
        0.0
    """
    chosen = labelled(targets)
    preds, targets = preds[chosen], targets[chosen]
    wrong = preds != targets
    return float(np.mean(heights[targets[wrong], preds[wrong]])) if wrong.any() else 0.0
