"""How bad mistakes are: distances in the taxonomy between predicted and true leaves.

Source: Bertinetto et al. (2020), "Making Better Mistakes: Leveraging Class Hierarchies with Deep Networks".

Images whose leaf is -1, without a label, are left out; without another image, each is a `DataError`. A class
that ends early stands for itself at the finer levels, and no step from it to itself counts.
"""

from __future__ import annotations

import numpy as np

from taskgraft.scores._labelled import labelled
from taskgraft.taxonomy import IntArray, Taxonomy


def lca_heights(taxonomy: Taxonomy, leaves: IntArray, others: IntArray) -> IntArray:
    """Height of the lowest common ancestor of pairs of leaves, in levels above the deeper of the two.

    0 for a leaf and itself, 1 for children of one parent, at whatever depth they end. Where every class goes
    down to the last level it is the number of levels at which the two paths differ, up to L for leaves whose
    common ancestor is the root above the coarsest level.

    Args:
        taxonomy: Of L levels with K leaves; its `stand_ins` say where classes end early.
        leaves: Of any shape.
        others: Of a shape that goes with it, as NumPy broadcasts.

    Returns:
        Of the shape of both together.

    Example:
        >>> every = np.arange(3)
        >>> paths = [("pet", "cat"), ("pet", "dog"), ("car", "van")]
        >>> lca_heights(Taxonomy.from_names(["coarse", "fine"], paths), every[:, None], every).tolist()
        [[0, 1, 2], [1, 0, 2], [2, 2, 0]]
        >>> early = [("bread", "bread"), ("cake", "cake"), ("fruit", "apple")]
        >>> lca_heights(Taxonomy.from_names(["coarse", "fine"], early), np.array(0), every).tolist()
        [0, 1, 2]
    """
    depths = leaf_depths(taxonomy)
    deeper = np.maximum(depths[leaves], depths[others])
    heights = deeper - (taxonomy.num_levels - num_levels_apart(taxonomy, leaves, others))
    return np.where(np.equal(leaves, others), 0, heights)


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


def num_levels_apart(taxonomy: Taxonomy, leaves: IntArray, others: IntArray) -> IntArray:
    """At how many levels the paths to pairs of leaves differ.

    Args:
        taxonomy: Of L levels with K leaves.
        leaves: Of any shape.
        others: Of a shape that goes with it, as NumPy broadcasts.

    Example:
        >>> paths = [("bread", "bread (itself)"), ("cake", "cake (itself)")]
        >>> taxonomy = Taxonomy.from_names(["coarse", "fine"], paths)
        >>> num_levels_apart(taxonomy, np.array([0, 1]), np.array([0, 0])).tolist()
        [0, 2]
    """
    apart = np.zeros(np.broadcast_shapes(np.shape(leaves), np.shape(others)), dtype=np.int64)
    for level in range(taxonomy.num_levels):
        ancestors = taxonomy.ancestors(level)
        apart += ancestors[leaves] != ancestors[others]
    return apart


def mistake_severity(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> float:
    """Mean over the mistaken images of the height of the lowest common ancestor; 0.0 without a mistake.

    It speaks of mistakes only, so a classifier that learns to avoid its mild ones looks worse by it: read it
    beside the accuracy, or the score `hierarchical_distance@1`, which is severity times error rate.

    Args:
        preds: Predicted leaves, shape (N,).
        targets: True leaves, -1 where there is no label: shape (N,).
        taxonomy: The L levels, a tree.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> mistake_severity(np.array([0, 1, 2]), np.array([0, 0, 0]), t)
        1.5
        >>> mistake_severity(np.array([0]), np.array([0]), t)
        0.0
    """
    chosen = labelled(targets)
    preds, targets = preds[chosen], targets[chosen]
    wrong = preds != targets
    return float(np.mean(lca_heights(taxonomy, targets[wrong], preds[wrong]))) if wrong.any() else 0.0
