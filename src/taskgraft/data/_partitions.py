"""Draws train and test again from both: classes keep their shares, and copies of an image stay together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from taskgraft.data.labels import Split
from taskgraft.taxonomy import IntArray

# Fixed: partition 3 of a dataset is the same in every study.
_SEED = 20110315


def draw_partition(
    number: int, strata: IntArray, indices: Mapping[Split, IntArray], groups: IntArray
) -> tuple[IntArray, IntArray]:
    """New train and test images, drawn from those of both.

    Groups are taken in random order, stratum by stratum, until test has as many images of a stratum as
    before, to within half a group. The last group of a stratum stays in train, where it had train images.
    A group with a val image stays in train: no test image is a copy of what is trained or chosen by.

    Args:
        number: Of the partition, from 0: each has its draws, whatever how many there are.
        strata: What the split is even over, of every image of the dataset, shape (N,); see `strata_of`.
        indices: Of `train`, `val` and `test` before.
        groups: Of every image of the dataset, shape (N,): those of one number stay together.

    Returns:
        Sorted train indices and sorted test indices.

    Example:
        >>> before = {"train": np.arange(6), "val": np.arange(6, 8), "test": np.arange(8, 12)}
        >>> train, test = draw_partition(0, np.zeros(12, np.int64), before, np.arange(12))
        >>> len(train), len(test), np.intersect1d(train, test).tolist()
        (6, 4, [])
    """
    pool = np.sort(np.concatenate([indices["train"], indices["test"]]))
    _, first, of_image, size = np.unique(
        groups[pool], return_index=True, return_inverse=True, return_counts=True
    )
    keys = np.random.default_rng((_SEED, number)).random(len(groups))[pool[first]]
    is_free = ~np.isin(groups[pool[first]], groups[indices["val"]])
    stratum = strata[pool[first]]
    order = np.lexsort((keys, stratum, ~is_free))
    order = order[: int(is_free.sum())]
    is_test = np.zeros(len(first), dtype=bool)
    counts = {
        name: np.bincount(strata[indices[name]], minlength=strata.max() + 1) for name in ("train", "test")
    }
    for part in np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1):
        if not len(part):
            continue
        quota = counts["test"][stratum[part[0]]]
        before = np.cumsum(size[part]) - size[part]
        chosen = before + size[part] / 2 <= quota
        if counts["train"][stratum[part[0]]]:
            chosen[-1] = False
        is_test[part[chosen]] = True
    drawn = is_test[of_image]
    return pool[~drawn], pool[drawn]


def partition_split(number: int) -> str:
    """How the train and test images of a partition came about, in words.

    Example:
        >>> partition_split(0)
        'partition 1 of train and test'
    """
    return f"partition {number + 1} of train and test"
