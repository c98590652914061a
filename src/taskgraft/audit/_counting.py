"""How many images each class has in each split, and how even they are."""

from __future__ import annotations

import numpy as np

from taskgraft.audit._records import ClassCount, LevelCount
from taskgraft.data import SPLITS, Dataset, Split
from taskgraft.taxonomy import IntArray


def count_levels(data: Dataset) -> tuple[LevelCount, ...]:
    """Counts every class of every level.

    Example:
        >>> from taskgraft.data.sources import load
        >>> coarse, fine = count_levels(load("shapes", num_train=160, num_test=16, val_fraction=0.2))
        >>> fine.classes[0].num_images, fine.imbalance_ratio
        ({'train': 8, 'val': 2, 'test': 1}, 1.0)
    """
    return tuple(_count(data, depth) for depth in range(data.taxonomy.num_levels))


def _count(data: Dataset, depth: int) -> LevelCount:
    level = data.taxonomy.levels[depth]
    columns: dict[Split, IntArray] = {split: data.labels[data.indices[split], depth] for split in SPLITS}
    counts = {
        split: np.bincount(labels[labels >= 0], minlength=level.num_classes)
        for split, labels in columns.items()
    }
    classes = tuple(
        ClassCount(name, _parent(data, depth, k), {split: int(counts[split][k]) for split in SPLITS})
        for k, name in enumerate(level.classes)
    )
    ratio, effective = _evenness(counts["train"])
    unknown = {split: int((labels < 0).sum()) for split, labels in columns.items()}
    return LevelCount(level.name, classes, ratio, effective, unknown)


def _parent(data: Dataset, depth: int, number: int) -> str | None:
    if depth == 0 or not data.taxonomy.is_tree:
        return None
    return data.taxonomy.levels[depth - 1].classes[data.taxonomy.parents[depth - 1][number]]


def _evenness(counts: IntArray) -> tuple[float, float]:
    """Largest over smallest of the classes that have images, and exp of the entropy of their shares."""
    present = counts[counts > 0]
    if not len(present):
        return 1.0, 0.0
    shares = present / present.sum()
    return float(present.max() / present.min()), float(np.exp(-(shares * np.log(shares)).sum()))
