"""How bad mistakes are: distances in the taxonomy between predicted and true leaves.

Source: Bertinetto et al. (2020), "Making Better Mistakes: Leveraging Class Hierarchies with Deep Networks".

Images whose leaf is -1, without a label, are left out; without another image, each is a `DataError`. A class
that ends early stands for itself at the finer levels, and no step from it to itself counts.
"""

from __future__ import annotations

import numpy as np

from taskgraft.scores._labelled import labelled
from taskgraft.taxonomy import IntArray, Taxonomy


def lca_heights(taxonomy: Taxonomy) -> IntArray:
    """Height of the lowest common ancestor of every two leaves, in levels above the deeper of the two.

    0 on the diagonal and 1 for children of one parent, at whatever depth they end. Where every class goes
    down to the last level it is the number of levels at which the two paths differ, up to L for leaves whose
    common ancestor is the root above the coarsest level.

    Args:
        taxonomy: Of L levels with K leaves; its `stand_ins` say where classes end early.

    Returns:
        Shape (K, K), symmetric.

    Example:
        >>> paths = [("pet", "cat"), ("pet", "dog"), ("car", "van")]
        >>> lca_heights(Taxonomy.from_names(["coarse", "fine"], paths)).tolist()
        [[0, 1, 2], [1, 0, 2], [2, 2, 0]]
        >>> early = [("bread", "bread"), ("cake", "cake"), ("fruit", "apple")]
        >>> lca_heights(Taxonomy.from_names(["coarse", "fine"], early)).tolist()
        [[0, 1, 2], [1, 0, 2], [2, 2, 0]]
    """
    depths = leaf_depths(taxonomy)
    deeper = np.maximum(depths[:, None], depths)
    heights: IntArray = deeper - (taxonomy.num_levels - num_levels_apart(taxonomy))
    np.fill_diagonal(heights, 0)
    return heights


def leaf_depths(taxonomy: Taxonomy) -> IntArray:
    """How many levels down each leaf ends, itself at finer levels left out: shape (K,), from 1 to L.

    Example:
        >>> paths = [("bread", "bread (itself)"), ("fruit", "apple")]
        >>> leaf_depths(Taxonomy.from_names(["coarse", "fine"], paths)).tolist()
        [1, 2]
    """
    depths = np.full(taxonomy.num_classes[-1], taxonomy.num_levels)
    for level in range(taxonomy.num_levels - 1, 0, -1):
        stands_in = np.isin(taxonomy.ancestors(level), list(taxonomy.stand_ins[level]))
        depths[stands_in & (depths == level + 1)] = level
    return depths


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
