"""Classes without a single readable picture: their labels stay, and nothing can learn them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from taskgraft.taxonomy import IntArray, Taxonomy

_MOST_NAMED = 5


@dataclass(frozen=True)
class LostClass:
    """A class without a readable picture.

    Attributes:
        level: Name of its level.
        name: Of the class.
        num_pictures: How many it would have.
    """

    level: str
    name: str
    num_pictures: int


def lost_classes(taxonomy: Taxonomy, labels: IntArray, positions: IntArray) -> tuple[LostClass, ...]:
    """The classes that have pictures, none of which can be read, coarsest level first.

    Args:
        taxonomy: The levels.
        labels: Of all pictures, int64 of shape (N, L).
        positions: Which of them can be read.

    Example:
        >>> tree = Taxonomy.from_names(["fruit"], [("apple",), ("fig",)])
        >>> lost_classes(tree, np.array([[0], [1], [1]]), np.array([0]))
        (LostClass(level='fruit', name='fig', num_pictures=2),)
    """
    if len(positions) == len(labels):
        return ()
    return tuple(
        LostClass(level.name, level.classes[number], int(counts[number]))
        for column, level in zip(labels.T, taxonomy.levels, strict=True)
        for counts in [np.bincount(column[column >= 0], minlength=level.num_classes)]
        for number in np.setdiff1d(np.flatnonzero(counts), column[positions]).tolist()
    )


def on_lost_classes(lost: Sequence[LostClass]) -> Iterator[str]:
    """A sentence for each of the first few, and one for the others.

    Example:
        >>> list(on_lost_classes([LostClass("fruit", "fig", 12)]))
        ["Class 'fig' of level 'fruit' is lost: none of its 12 pictures can be read."]
    """
    for one in lost[:_MOST_NAMED]:
        how_many = (
            f"none of its {one.num_pictures:,} pictures can"
            if one.num_pictures > 1
            else "its only picture cannot"
        )
        yield f"Class '{one.name}' of level '{one.level}' is lost: {how_many} be read."
    if (num_others := len(lost) - _MOST_NAMED) > 0:
        yield f"{num_others:,} more {'class is' if num_others == 1 else 'classes are'} lost in the same way."
