"""Draws subsets of images that keep the share of every leaf class and depend on nothing but the labels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from taskgraft.data.labels import Split
from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.taxonomy import IntArray

# Fixed: the validation images of a dataset are the same in every study, whatever its seeds.
_SEED = 20090406


def carve_val(leaves: IntArray, train: IntArray, fraction: float) -> tuple[IntArray, IntArray]:
    """Splits train indices into train and val, stratified by leaf.

    Each leaf gives its share to within one image, and always keeps an image in train. The odd images are
    given by the leaves whose share was cut most, so that few images a leaf still yield a val split.

    Args:
        leaves: Leaf label of every image of the dataset, shape (N,).
        train: Indices of the images to divide.
        fraction: Share that goes to val.

    Returns:
        Sorted train indices and sorted val indices.

    Example:
        >>> train, val = carve_val(np.repeat([0, 1], 5), np.arange(10), 0.1)
        >>> len(train), len(val)
        (9, 1)
    """
    rank, size = _rank_within_leaf(leaves, train)
    share = size * fraction
    is_val = rank < np.floor(share)
    # The next image of each leaf stands for the part of an image by which its share was cut.
    cut = share - np.floor(share)
    following = np.flatnonzero((rank == np.floor(share)) & (cut > 0) & (rank < size - 1))
    order = np.lexsort((_keys(len(leaves))[train[following]], -cut[following]))
    num_odd = round(len(train) * fraction) - int(is_val.sum())
    is_val[following[order[:num_odd]]] = True
    return train[~is_val], train[is_val]


def check_fraction(what: str | Parameter, fraction: object, remedy: str) -> None:
    """Refuses what is no share of images.

    Args:
        what: What messages call it.
        fraction: To be a number between 0 and 1, exclusive.
        remedy: What to do.

    Raises:
        RequestError: If it is not one.
    """
    if not isinstance(fraction, int | float | np.number) or not 0 < fraction < 1:
        raise RequestError.expected(what, "between 0 and 1, exclusive", fraction, remedy)


def draw_test(strata: IntArray, indices: IntArray, fraction: float) -> IntArray:
    """Draws a test split where the data has none, as `carve_val` does val: sorted indices.

    Args:
        strata: What the split is even over, of every image of the dataset, shape (N,); see `strata_of`.
        indices: Of the images to draw from.
        fraction: Share to draw.

    Raises:
        RequestError: If the fraction is not between 0 and 1.
    """
    check_fraction(Parameter("test_fraction"), fraction, "Try 0.2.")
    return carve_val(strata, np.sort(indices), fraction)[1]


def strata_of(labels: IntArray, num_leaves: int) -> IntArray:
    """What splits are even over: the leaf or, where it is unknown, the known part of the path.

    Args:
        labels: int64 of shape (N, L), -1 for unknown.
        num_leaves: Classes of the finest level.

    Returns:
        Shape (N,); those of unknown leaf are numbered from `num_leaves` on.

    Example:
        >>> strata_of(np.array([[0, 1], [0, -1], [1, -1], [0, -1]]), 5).tolist()
        [1, 5, 7, 5]
    """
    leaves = labels[:, -1]
    unknown = leaves < 0
    if not unknown.any():
        return leaves
    _, paths = np.unique(labels, axis=0, return_inverse=True)
    strata: IntArray = np.where(unknown, num_leaves + paths.reshape(-1), leaves)
    return strata


def draw_subset(leaves: IntArray, indices: IntArray, limit: int) -> IntArray:
    """Keeps at most `limit` of the indices, as even over the leaves as their counts allow."""
    if limit >= len(indices):
        return np.sort(indices)
    rank, _ = _rank_within_leaf(leaves, indices)
    # Ties within a rank are broken by the image's own key, not by its class number.
    order = np.lexsort((_keys(len(leaves))[indices], rank))
    return np.sort(indices[order[:limit]])


def draw_strata(strata: IntArray, parts: Mapping[Split, IntArray], most: int, *, fewest: int) -> IntArray:
    """Draws leaves, whatever their size, of which every split has images: at most so many of them.

    Args:
        strata: As for `draw_test`.
        parts: Images of each split; one without any asks for nothing.
        most: How many to draw.
        fewest: Train images that a leaf needs.

    Returns:
        Their numbers, in the order of the draw.
    """
    least = {"train": fewest, "val": 1, "test": 1}
    suits = np.ones(int(strata.max()) + 1, dtype=bool)
    for split, part in parts.items():
        if len(part):
            suits &= np.bincount(strata[part], minlength=len(suits)) >= least[split]
    leaves, first = np.unique(strata[parts["train"]], return_index=True)
    # The first image of a leaf draws for it: neither its number nor its size enters.
    order = np.argsort(_keys(len(strata))[parts["train"][first]])
    drawn: IntArray = leaves[order][suits[leaves[order]]][:most]
    return drawn


def _keys(num_images: int) -> np.ndarray:
    """One random number per image; a class's number never enters, so relabelling changes no split."""
    return np.random.default_rng(_SEED).random(num_images)


def _rank_within_leaf(leaves: IntArray, indices: IntArray) -> tuple[IntArray, IntArray]:
    """Random rank of each index among those of its leaf, and how many its leaf has."""
    keys, strata = _keys(len(leaves))[indices], leaves[indices]
    order = np.lexsort((keys, strata))
    _, start, size = np.unique(strata[order], return_index=True, return_counts=True)
    rank = np.empty(len(indices), dtype=np.int64)
    rank[order] = np.arange(len(indices)) - np.repeat(start, size)
    sizes = np.empty(len(indices), dtype=np.int64)
    sizes[order] = np.repeat(size, size)
    return rank, sizes
