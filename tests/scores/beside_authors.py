"""Runs the public code of Goren et al. (2024) beside ours, on drawn predictions; none of theirs is in it.

    git clone https://github.com/shanigoren/Hierarchical-Selective-Classification theirs
    pip install networkx
    PYTHONPATH=tests python tests/scores/beside_authors.py theirs

Compared is the climbing rule by probability: coverage and risk at thresholds, the area under the curve, and
the critical value of each image. nltk, which they load for the names of ImageNet, is stood in for.
"""

from __future__ import annotations

import itertools
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import torch

from taskgraft.scores import along_path, critical_values, most_probable_paths, risk_coverage, tree_probs
from taskgraft.taxonomy import IntArray, Taxonomy

NUM_IMAGES = 400
WIDTHS = ((2, 3), (3, 2, 2), (2, 2, 3, 2), (5, 4))
"""Of each tree, how many children the classes of each level above the next have; the first is the root."""


def tree_of(widths: tuple[int, ...]) -> Taxonomy:
    """A tree whose classes have so many children each."""
    leaves = itertools.product(*(range(width) for width in widths))
    paths = [tuple("-".join(map(str, leaf[: i + 1])) for i in range(len(widths))) for leaf in leaves]
    return Taxonomy.from_names([f"level {i}" for i in range(len(widths))], paths)


def their_hierarchy(checkout: Path, taxonomy: Taxonomy) -> tuple[Any, Any]:
    """The same tree as their object, leaves first and the root last; and their climbing rule of it."""
    import networkx

    corpus = types.ModuleType("nltk.corpus")
    corpus.wordnet = None  # type: ignore[attr-defined]
    sys.modules.setdefault("nltk", types.ModuleType("nltk"))
    sys.modules.setdefault("nltk.corpus", corpus)
    sys.path.insert(0, str(checkout))
    from hierarchy.hierarchy import Hierarchy  # type: ignore[import-not-found]
    from hierarchy.inference_rules import ClimbingInferenceRule  # type: ignore[import-not-found]

    finest, graph = taxonomy.num_levels - 1, networkx.DiGraph()
    numbers, number = {}, itertools.count()
    for level in range(finest, -1, -1):
        for k in range(taxonomy.num_classes[level]):
            numbers[level, k] = next(number)
            graph.add_node(numbers[level, k], is_leaf=level == finest)
    root = next(number)
    graph.add_node(root, is_leaf=False)
    for level in range(finest + 1):
        for k in range(taxonomy.num_classes[level]):
            above = root if level == 0 else numbers[level - 1, int(taxonomy.parents_of(level)[k])]
            graph.add_edge(above, numbers[level, k])
    hierarchy = Hierarchy()
    hierarchy.build_tree(graph)
    hierarchy.desc_matrix = hierarchy.anc_matrix[:, : hierarchy.num_leaves]
    hierarchy.compute_lcas()
    return hierarchy, ClimbingInferenceRule(hierarchy)


def drawn(taxonomy: Taxonomy, seed: int) -> tuple[np.ndarray[Any, Any], IntArray]:
    """Probabilities of leaves, float64 (N, K), and true classes (N, L)."""
    rng, num_leaves = np.random.default_rng(seed), taxonomy.num_classes[-1]
    leaves = rng.integers(0, num_leaves, NUM_IMAGES)
    logits = rng.normal(0, 1, (NUM_IMAGES, num_leaves)) + 2 * np.eye(num_leaves)[leaves]
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    targets = np.stack([taxonomy.ancestors(level)[leaves] for level in range(taxonomy.num_levels)], axis=1)
    return probs, targets


def compare(checkout: Path, widths: tuple[int, ...], seed: int) -> dict[str, float]:
    """The largest difference of each figure, on one tree."""
    taxonomy = tree_of(widths)
    probs, targets = drawn(taxonomy, seed)
    nothing = [np.zeros((NUM_IMAGES, k)) for k in taxonomy.num_classes[:-1]]
    only_leaves = np.eye(taxonomy.num_levels)[-1]
    ours = tree_probs([*nothing, np.log(probs)], only_leaves, taxonomy)
    preds = most_probable_paths(ours, taxonomy)
    certainties = along_path(ours, preds)
    hierarchy, rule = their_hierarchy(checkout, taxonomy)
    theirs = hierarchy.all_nodes_probs(torch.from_numpy(probs))
    leaves, best = torch.from_numpy(targets[:, -1]), torch.from_numpy(preds[:, -1])
    critical = rule.get_tight_thresholds(theirs, best, leaves).numpy()
    curve = risk_coverage(certainties, preds, targets, taxonomy)
    points = []
    for threshold in curve.thresholds[1:].tolist():
        # Just below: they sum in another order, and a threshold is a probability to the last bit.
        _, chosen = rule.predict(theirs, best, threshold - 1e-9)
        risk = 1 - hierarchy.correctness(chosen, leaves).double().mean().item()
        points.append((hierarchy.coverage(chosen), risk, *curve.at(threshold)))
    coverage, risk, our_coverage, our_risk = np.array(points).T
    area = float(np.trapezoid(np.append(0, risk), np.append(0, coverage)))
    return {
        "critical value": float(abs(critical - critical_values(certainties, preds, targets)).max()),
        "coverage": float(abs(coverage - our_coverage).max()),
        "risk": float(abs(risk - our_risk).max()),
        "area under the curve": abs(area - curve.area),
    }


if __name__ == "__main__":
    for number, widths in enumerate(WIDTHS):
        found = compare(Path(sys.argv[1]), widths, number)
        print(widths, ", ".join(f"{name}: {value:.1e}" for name, value in found.items()))
