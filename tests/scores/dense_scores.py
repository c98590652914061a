"""Scores as they were before wide trees: arrays of images x classes and of classes x classes.

What counts and looks up is held against this; it is what small trees always gave.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from taskgraft.scores._severity import leaf_depths
from taskgraft.taxonomy import Taxonomy


def num_levels_apart(taxonomy: Taxonomy) -> np.ndarray:
    """At how many levels the paths to every two leaves differ: shape (K, K)."""
    paths = [taxonomy.ancestors(level) for level in range(taxonomy.num_levels)]
    return np.sum([path[:, None] != path for path in paths], axis=0)


def lca_heights(taxonomy: Taxonomy) -> np.ndarray:
    """Height of the lowest common ancestor of every two leaves: shape (K, K)."""
    depths = leaf_depths(taxonomy)
    deeper = np.maximum(depths[:, None], depths)
    heights = deeper - (taxonomy.num_levels - num_levels_apart(taxonomy))
    np.fill_diagonal(heights, 0)
    return heights


def sum_under(probs: np.ndarray, ancestors: np.ndarray, num_classes: int) -> np.ndarray:
    """Probabilities of finer classes, summed under each ancestor by a product."""
    membership = np.zeros((len(ancestors), num_classes))
    membership[np.arange(len(ancestors)), ancestors] = 1
    return probs @ membership


def decoded(name: str, probs: Sequence[np.ndarray], taxonomy: Taxonomy) -> np.ndarray:
    """A path for each image by `summed`, `joint`, `top-down` or `crm`."""
    levels = range(taxonomy.num_levels)
    if name == "summed":
        return np.stack(
            [
                sum_under(probs[-1], taxonomy.ancestors(i), taxonomy.num_classes[i]).argmax(axis=1)
                for i in levels
            ],
            axis=1,
        )
    if name == "top-down":
        chosen = [probs[0].argmax(axis=1)]
        for level in levels[1:]:
            is_child = taxonomy.parents_of(level) == chosen[-1][:, None]
            chosen.append(np.where(is_child, probs[level], -1).argmax(axis=1))
        return np.stack(chosen, axis=1)
    if name == "joint":
        floor = np.finfo(np.float64).tiny
        leaves = sum(np.log(np.maximum(probs[i], floor))[:, taxonomy.ancestors(i)] for i in levels).argmax(1)
    else:
        leaves = (probs[-1] @ num_levels_apart(taxonomy)).argmin(axis=1)
    return np.stack([taxonomy.ancestors(i)[leaves] for i in levels], axis=1)


def pooled_leaves(logits: Sequence[np.ndarray], weights: np.ndarray, taxonomy: Taxonomy) -> np.ndarray:
    """Probabilities of the leaves as all levels see them."""
    scores = np.zeros((len(logits[-1]), taxonomy.num_classes[-1]))
    for level, (weight, of_level) in enumerate(zip(weights, logits, strict=True)):
        scores += weight * np.float64(of_level[:, taxonomy.ancestors(level)])
    return softmax(scores, axis=1)


def tree_probs(logits: Sequence[np.ndarray], weights: np.ndarray, taxonomy: Taxonomy) -> list[np.ndarray]:
    """Those of all classes, summed level by level."""
    levels = [pooled_leaves(logits, weights, taxonomy)]
    for level in range(taxonomy.num_levels - 1, 0, -1):
        parents = taxonomy.parents_of(level)
        order = np.argsort(parents, kind="stable")
        firsts = np.flatnonzero(np.diff(parents[order], prepend=-1))
        levels.insert(0, np.minimum(np.add.reduceat(levels[0][:, order], firsts, axis=1), 1.0))
    return levels


def class_ratios(preds: np.ndarray, targets: np.ndarray, num_classes: int, score: str) -> tuple:
    """Terms (N, 2K) of balanced accuracy or macro F1, and how many images know as much."""
    is_pred, is_true = (
        np.equal(classes[:, None], np.arange(num_classes)).astype(np.float32) for classes in (preds, targets)
    )
    parts, wholes = {
        "balanced_accuracy": (is_pred * is_true, is_true),
        "macro_f1": (2 * (is_pred * is_true), is_pred + is_true),
    }[score]
    totals = wholes.sum(axis=0, dtype=np.float64)
    occurs = totals > 0
    weights = wholes[:, occurs] @ (1 / totals[occurs]) / occurs.sum()
    return np.hstack([parts, wholes]), float(1 / np.square(weights).sum())


def hops(logits: np.ndarray, targets: np.ndarray, taxonomy: Taxonomy, k: int | None) -> np.ndarray:
    """HOPS of each image, from ranks of all leaves for all leaves."""
    ranks = np.stack([np.unique(row, return_inverse=True)[1] for row in num_levels_apart(taxonomy)])
    num_places = ranks.shape[1] if k is None else k
    right = np.sort(ranks, axis=1)
    weights = np.stack([_weights(row) for row in right])[:, :num_places]
    right = right[:, :num_places]
    worst = np.sum(weights * np.abs(right - right[:, ::-1]), axis=1)
    order = np.argsort(-logits, axis=1, kind="stable")[:, :num_places]
    far = weights[targets] * np.abs(right[targets] - ranks[targets[:, None], order])
    return np.clip(1 - np.sum(far, axis=1) / worst[targets], 0, 1)


def _weights(right: np.ndarray) -> np.ndarray:
    parts = []
    for rank, count in enumerate(np.bincount(right)):
        towards = 0.0 if rank == right[-1] else 2.0 ** -(rank + 1)
        parts.append(np.linspace(2.0**-rank, towards, count + 1)[:-1])
    return np.concatenate(parts)
