"""Goren et al. (2024), "Hierarchical Selective Classification", from their formulas, node by node.

A node is (level, class), the root None. Probabilities of inner nodes are sums of the leaves' under them. The
climbing rule goes from the most probable leaf towards the root until a node is probable enough. An answer is
right if the true leaf lies under it. Coverage of a node is 1 - H(node) / H(root), H being the entropy of
leaves under it that are equally likely. Written for tests, by loops; none of their code is in it.
"""

from __future__ import annotations

import math

import numpy as np

from taskgraft.taxonomy import Taxonomy

Node = tuple[int, int] | None


def leaves_under(node: Node, taxonomy: Taxonomy) -> list[int]:
    """The leaves of a node."""
    leaves = range(taxonomy.num_classes[-1])
    if node is None:
        return list(leaves)
    level, number = node
    return [leaf for leaf in leaves if taxonomy.ancestors(level)[leaf] == number]


def coverage_of(node: Node, taxonomy: Taxonomy) -> float:
    """1 - H(node) / H(root)."""
    return 1 - math.log(len(leaves_under(node, taxonomy))) / math.log(taxonomy.num_classes[-1])


def probability_of(node: Node, leaf_probs: np.ndarray, taxonomy: Taxonomy) -> float:
    """Sum over its leaves; 1 for the root."""
    return 1.0 if node is None else float(sum(leaf_probs[leaf] for leaf in leaves_under(node, taxonomy)))


def path_up(leaf: int, taxonomy: Taxonomy) -> list[Node]:
    """From a leaf to the root."""
    levels = range(taxonomy.num_levels - 1, -1, -1)
    return [*((level, int(taxonomy.ancestors(level)[leaf])) for level in levels), None]


def climb(leaf_probs: np.ndarray, threshold: float, taxonomy: Taxonomy) -> Node:
    """The first node on the way up from the most probable leaf whose probability reaches the threshold."""
    for node in path_up(int(np.argmax(leaf_probs)), taxonomy):
        if node is None or probability_of(node, leaf_probs, taxonomy) >= threshold:
            return node
    raise AssertionError("the root ends every path")


def is_right(node: Node, leaf: int, taxonomy: Taxonomy) -> bool:
    """Whether the true leaf lies under a node."""
    return leaf in leaves_under(node, taxonomy)


def risk_and_coverage(
    leaf_probs: np.ndarray, leaves: np.ndarray, threshold: float, taxonomy: Taxonomy
) -> tuple[float, float]:
    """Share of wrong answers, and mean coverage, of the climbing rule at one threshold."""
    nodes = [climb(row, threshold, taxonomy) for row in leaf_probs]
    right = [is_right(node, leaf, taxonomy) for node, leaf in zip(nodes, leaves.tolist(), strict=True)]
    return 1 - float(np.mean(right)), float(np.mean([coverage_of(node, taxonomy) for node in nodes]))


def their_threshold(leaf_probs: np.ndarray, leaves: np.ndarray, target: float, taxonomy: Taxonomy) -> float:
    """Their optimal threshold: the (1 - alpha)-quantile of the probabilities of last wrong nodes, 0 if none.

    Their algorithm takes the ceil((n + 1) (1 - alpha))-th smallest, which is right on average over
    calibration sets: in about half of them accuracy is below the target.
    """
    critical = []
    for row, leaf in zip(leaf_probs, leaves.tolist(), strict=True):
        wrong = [
            probability_of(node, row, taxonomy)
            for node in path_up(int(np.argmax(row)), taxonomy)
            if not is_right(node, leaf, taxonomy)
        ]
        critical.append(max(wrong, default=0.0))
    return sorted(critical)[min(math.ceil((len(leaves) + 1) * target), len(leaves)) - 1]
