"""Every score from its definition, by loops: what the registry is held against."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from dense_scores import lca_heights

from taskgraft.scores import (
    DECODINGS,
    brier,
    certainties,
    expected_calibration_error,
    hierarchical_f1,
    negative_log_likelihood,
    probs_of,
)
from taskgraft.taxonomy import Taxonomy


def top_k_accuracy(logits: np.ndarray, targets: np.ndarray, k: int) -> float:
    """Share of images whose target is among the k of largest logit, lower classes first among equals."""
    best = [sorted(range(len(row)), key=lambda c: -row[c])[:k] for row in logits.tolist()]
    return float(np.mean([target in row for row, target in zip(best, targets.tolist(), strict=True)]))


def balanced_accuracy(preds: np.ndarray, targets: np.ndarray) -> float:
    """Mean recall of the classes that occur in the targets."""
    return float(np.mean([np.mean(preds[targets == k] == k) for k in set(targets.tolist())]))


def macro_f1(preds: np.ndarray, targets: np.ndarray) -> float:
    """Mean over the classes that occur anywhere of 2 right / (predicted + true)."""
    classes = set(preds.tolist()) | set(targets.tolist())
    right = {k: np.sum((preds == k) & (targets == k)) for k in classes}
    return float(np.mean([2 * right[k] / (np.sum(preds == k) + np.sum(targets == k)) for k in classes]))


def distance(logits: np.ndarray, targets: np.ndarray, heights: np.ndarray, k: int) -> float:
    """Mean height over images and over the k leaves of largest logit."""
    total = 0.0
    for row, target in zip(logits.tolist(), targets.tolist(), strict=True):
        best = sorted(range(len(row)), key=lambda leaf: -row[leaf])[:k]
        total += sum(heights[target, leaf] for leaf in best) / k
    return total / len(targets)


def severity(preds: np.ndarray, targets: np.ndarray, heights: np.ndarray) -> float:
    """Mean height over mistakes."""
    mistakes = [heights[t, p] for p, t in zip(preds.tolist(), targets.tolist(), strict=True) if p != t]
    return float(np.mean(mistakes)) if mistakes else 0.0


def hops(logits: np.ndarray, targets: np.ndarray, taxonomy: Taxonomy, k: int | None = None) -> float:
    """Mean over images of 1 minus the weighted ranks out of place, as a share of the worst order's."""
    paths = list(
        zip(*(taxonomy.ancestors(level).tolist() for level in range(taxonomy.num_levels)), strict=True)
    )
    num = len(paths) if k is None else k
    scores = []
    for row, true in zip(logits.tolist(), targets.tolist(), strict=True):
        shared = [sum(a == b for a, b in zip(path, paths[true], strict=True)) for path in paths]
        groups = sorted(set(shared), reverse=True)
        right = sorted(groups.index(each) for each in shared)
        weights = []
        for place, rank in enumerate(right):
            step = (place - right.index(rank)) / right.count(rank)
            below = 0 if rank == len(groups) - 1 else 0.5 ** (rank + 1)
            weights.append((1 - step) * 0.5**rank + step * below)
        order = sorted(range(len(row)), key=lambda leaf: -row[leaf])
        obtained = [groups.index(shared[leaf]) for leaf in order]
        worst = right[:num][::-1]
        far, most = (
            sum(weights[i] * abs(right[i] - ranks[i]) for i in range(num)) for ranks in (obtained, worst)
        )
        scores.append(max(0.0, 1 - far / most))
    return float(np.mean(scores))


def path_sets(
    preds: np.ndarray, targets: np.ndarray, taxonomy: Taxonomy
) -> list[tuple[set[tuple[int, int]], set[tuple[int, int]]]]:
    """For each image the nodes predicted, with all above them, and the nodes of its labels."""
    sets = []
    for row, labels in zip(preds.tolist(), targets.tolist(), strict=True):
        predicted = set()
        for level, k in enumerate(row):
            if k >= 0:
                predicted |= {(above, int(taxonomy.ancestors(above, level)[k])) for above in range(level + 1)}
        sets.append((predicted, {(level, k) for level, k in enumerate(labels) if k >= 0}))
    return sets


def hierarchical_aurc(logits: Sequence[np.ndarray], targets: np.ndarray, taxonomy: Taxonomy) -> float:
    """Area under risk against coverage at 32 thresholds, quantiles of the certainties of all classes said.

    A leaf is as probable as the geometric mean of the probabilities along its path; the answer at a threshold
    is what is worth most: threshold * probability + (1 - threshold) * information.
    """
    levels, num_leaves = range(taxonomy.num_levels), taxonomy.num_classes[-1]
    up = [taxonomy.ancestors(level) for level in levels]
    leaves = np.prod([probs_of(logits[v])[:, up[v]] ** (1 / taxonomy.num_levels) for v in levels], axis=0)
    leaves = leaves / leaves.sum(axis=1, keepdims=True)
    best = leaves.argmax(axis=1)
    preds = np.stack([up[v][best] for v in levels], axis=1)
    under = [up[v] == preds[:, [v]] for v in levels]
    probs = np.stack([np.where(of, leaves, 0).sum(axis=1) for of in under], axis=1)
    told = np.stack([1 - np.log(of.sum(axis=1)) / np.log(num_leaves) for of in under], axis=1)
    sure = certainties(probs, preds, taxonomy)
    points = [(0.0, 0.0)]
    for quantile in np.linspace(1, 0, 32):
        depths = (sure >= np.quantile(sure, quantile, method="lower")).sum(axis=1).tolist()
        pairs = zip(depths, told, preds != targets, strict=True)
        at = [(row[d - 1] if d else 0.0, bool(wrong[:d].any())) for d, row, wrong in pairs]
        points.append(tuple(np.mean(at, axis=0)))
    return float(sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points)))


def reference_scores(
    logits: Sequence[np.ndarray], targets: np.ndarray, taxonomy: Taxonomy
) -> dict[str, float]:
    """Every score of a split whose labels are all there, in the order of the registry."""
    scores: dict[str, float] = {}
    names, probs = taxonomy.level_names, [probs_of(level) for level in logits]
    preds, summed = (DECODINGS[name](probs, taxonomy) for name in ("independent", "summed"))
    for i, name in enumerate(names):
        of_preds, of_targets = preds[:, i], targets[:, i]
        scores[f"accuracy.{name}"] = float(np.mean(of_preds == of_targets))
        if taxonomy.num_classes[i] > 5:
            scores[f"top5_accuracy.{name}"] = top_k_accuracy(logits[i], of_targets, 5)
        scores[f"balanced_accuracy.{name}"] = balanced_accuracy(of_preds, of_targets)
        scores[f"macro_f1.{name}"] = macro_f1(of_preds, of_targets)
        scores[f"nll.{name}"] = negative_log_likelihood(logits[i], of_targets)
        scores[f"brier.{name}"] = brier(probs[i], of_targets)
        scores[f"ece.{name}"] = expected_calibration_error(probs[i], of_targets)
    if taxonomy.num_levels == 1:
        return scores
    for i in range(1, taxonomy.num_levels):
        is_child = [taxonomy.parents_of(i)[fine] == coarse for coarse, fine in preds[:, i - 1 : i + 1]]
        scores[f"consistency.{names[i - 1]}>{names[i]}"] = float(np.mean(is_child))
    for i, name in enumerate(names[:-1]):
        scores[f"summed_accuracy.{name}"] = float(np.mean(summed[:, i] == targets[:, i]))
    scores["full_path_accuracy"] = float(np.mean((preds == targets).all(axis=1)))
    heights = lca_heights(taxonomy)
    scores["mistake_severity"] = severity(preds[:, -1], targets[:, -1], heights)
    for k in (1, 5, 20):
        if k <= taxonomy.num_classes[-1]:
            scores[f"hierarchical_distance@{k}"] = distance(logits[-1], targets[:, -1], heights, k)
    for k in (None, 5, 20):
        if k is None or k < taxonomy.num_classes[-1]:
            scores["hops" if k is None else f"hops@{k}"] = hops(logits[-1], targets[:, -1], taxonomy, k)
    sets = path_sets(preds, targets, taxonomy)
    num_right = sum(len(predicted & true) for predicted, true in sets)
    scores["hierarchical_precision"] = num_right / sum(len(predicted) for predicted, _ in sets)
    scores["hierarchical_recall"] = num_right / sum(len(true) for _, true in sets)
    scores["hierarchical_f1"] = hierarchical_f1(preds, targets, taxonomy)
    scores["hierarchical_aurc"] = hierarchical_aurc(logits, targets, taxonomy)
    return scores
