"""Trees as wide as those of iNaturalist, with made logits and images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.data import Dataset
from taskgraft.data.sources import from_arrays
from taskgraft.taxonomy import IntArray, Level, Taxonomy

# Classes of each level for ten thousand species, about as iNaturalist 2021 has them.
_LEVELS = {"kingdom": 3, "phylum": 13, "class": 51, "order": 273, "family": 1103, "genus": 4884}
_SPECIES = 10_000


@dataclass(frozen=True)
class Made:
    """Logits that know something of the classes, and the classes.

    Attributes:
        logits: float32 of shape (N, K) a level, coarsest first.
        targets: Shape (N, L).
    """

    logits: list[npt.NDArray[np.float32]]
    targets: IntArray


def wide_tree(num_leaves: int) -> Taxonomy:
    """Seven levels down to so many leaves; siblings have numbers far apart.

    Example:
        >>> wide_tree(1000).num_classes
        (2, 2, 5, 27, 110, 488, 1000)
    """
    rng = np.random.default_rng(0)
    sizes = [max(2, round(num_leaves * size / _SPECIES)) for size in _LEVELS.values()] + [num_leaves]
    parents = []
    for coarser, finer in zip(sizes, sizes[1:], strict=False):
        row = np.concatenate([np.arange(coarser), rng.integers(0, coarser, finer - coarser)])
        parents.append(tuple(rng.permutation(row).tolist()))
    names = [*_LEVELS, "species"]
    levels = tuple(
        Level(name, tuple(f"{name} {k}" for k in range(size)))
        for name, size in zip(names, sizes, strict=True)
    )
    return Taxonomy(levels, tuple(parents))


def made_logits(taxonomy: Taxonomy, num_images: int, seed: int) -> Made:
    """Logits of images whose leaves are drawn at random: about every second class is predicted right."""
    rng = np.random.default_rng(seed)
    targets = _drawn(taxonomy, rng.integers(0, taxonomy.num_classes[-1], num_images))
    logits = []
    for level, num_classes in enumerate(taxonomy.num_classes):
        of_level = rng.standard_normal((num_images, num_classes), dtype=np.float32)
        of_level[np.arange(num_images), targets[:, level]] += rng.normal(3, 2, num_images)
        logits.append(of_level)
    return Made(logits, targets)


def made_images(taxonomy: Taxonomy, num_images: dict[str, int], side: int = 8) -> Dataset:
    """Noise, so many images for train, val and test; the first of train are of every leaf in turn."""
    rng = np.random.default_rng(0)
    total, num_leaves = sum(num_images.values()), taxonomy.num_classes[-1]
    images = rng.integers(0, 256, (total, 3, side, side), dtype=np.uint8)
    leaves = np.concatenate([np.arange(num_leaves), rng.integers(0, num_leaves, total)])[:total]
    paths = _drawn(taxonomy, leaves)
    columns = {
        level.name: [level.classes[k] for k in column]
        for level, column in zip(taxonomy.levels, paths.T.tolist(), strict=True)
    }
    ends = np.cumsum([num_images[split] for split in ("train", "val", "test")])
    return from_arrays(
        images,
        columns,
        taxonomy=taxonomy,
        val=np.arange(ends[0], ends[1]),
        test=np.arange(ends[1], ends[2]),
        source=f"made, {num_leaves:,} leaves",
    )


def _drawn(taxonomy: Taxonomy, leaves: IntArray) -> IntArray:
    """The paths to leaves, shape (N, L)."""
    return np.stack([taxonomy.ancestors(level)[leaves] for level in range(taxonomy.num_levels)], axis=1)
