"""Names looked up in a taxonomy that settles the classes and their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from taskgraft.data.labels._tree import Row, joined
from taskgraft.errors import TaxonomyError, unknown_name
from taskgraft.taxonomy import IntArray, Taxonomy, is_itself

_UNKNOWN = -1


def looked_up(names: Mapping[str, Sequence[str | None]], taxonomy: Taxonomy) -> IntArray:
    """Numbers names by a taxonomy: by the path to them where it has a class of that name, else as they are.

    In a tree what a finer label says of coarser ones is filled in, and a class whose only finer one is itself
    is carried on.

    Args:
        names: By level, one name an image; levels may be missing.
        taxonomy: The classes.

    Returns:
        int64 of shape (N, L), -1 where nothing is known.

    Raises:
        TaxonomyError: If a name is no class, or lies under another parent than the taxonomy says.

    Example:
        >>> taxonomy = Taxonomy.from_names(["kind", "thing"], [("a", "a/x"), ("b", "b/x"), ("b", "y")])
        >>> looked_up({"kind": ["b", None], "thing": ["x", "y"]}, taxonomy).tolist()
        [[1, 1], [1, 2]]
    """
    strange = [level for level in names if level not in taxonomy.level_names]
    if strange:
        levels = ", ".join(taxonomy.level_names)
        raise TaxonomyError.expected(
            f"the level {strange[0]!r}",
            f"one of the taxonomy's ({levels})",
            strange[0],
            "Rename one of the two.",
        )
    num_images = len(next(iter(names.values()), []))
    nothing = [None] * num_images
    rows = list(zip(*(names.get(level, nothing) for level in taxonomy.level_names), strict=True))
    places = {row: place for place, row in enumerate(dict.fromkeys(rows))}
    numbers = [{name: k for k, name in enumerate(level.classes)} for level in taxonomy.levels]
    numbered = [[_number(row, i, taxonomy, numbers[i]) for i in range(len(row))] for row in places]
    labels = np.array(numbered, dtype=np.int64).reshape(len(places), taxonomy.num_levels)
    if taxonomy.is_tree:
        _fill_coarser(labels, taxonomy)
        _carry_on(labels, taxonomy)
    every: IntArray = labels[[places[row] for row in rows]]
    return every


def _number(row: Row, level: int, taxonomy: Taxonomy, numbers: Mapping[str, int]) -> int:
    name = row[level]
    if name is None:
        return _UNKNOWN
    path = joined(row[: level + 1]) if taxonomy.is_tree else name
    number = numbers.get(path, numbers.get(name))
    if number is None:
        raise TaxonomyError(
            str(unknown_name(f"a class of level {taxonomy.levels[level].name!r}", name, numbers))
        )
    return number


def _fill_coarser(labels: IntArray, taxonomy: Taxonomy) -> None:
    for i in range(taxonomy.num_levels - 1, 0, -1):
        is_labelled = labels[:, i] >= 0
        above = taxonomy.parents_of(i)[labels[:, i]]
        wrong = np.flatnonzero(is_labelled & (labels[:, i - 1] >= 0) & (labels[:, i - 1] != above))
        if len(wrong):
            finer, coarser = taxonomy.levels[i], taxonomy.levels[i - 1]
            raise TaxonomyError.expected(
                f"images of class {finer.classes[labels[wrong[0], i]]!r}",
                f"under {coarser.classes[above[wrong[0]]]!r}",
                coarser.classes[labels[wrong[0], i - 1]],
                "Mend the labels, or the taxonomy.",
            )
        labels[:, i - 1] = np.where(is_labelled, above, labels[:, i - 1])


def _carry_on(labels: IntArray, taxonomy: Taxonomy) -> None:
    for i in range(1, taxonomy.num_levels):
        itself = _itself(taxonomy, i)
        ends = (labels[:, i] < 0) & (labels[:, i - 1] >= 0)
        labels[ends, i] = itself[labels[ends, i - 1]]


def _itself(taxonomy: Taxonomy, level: int) -> IntArray:
    """For each class of the level above, the class that is nothing but its continuation; or -1."""
    parents, coarser = taxonomy.parents_of(level), taxonomy.levels[level - 1]
    finer = taxonomy.levels[level].classes
    itself = np.full(coarser.num_classes, _UNKNOWN, dtype=np.int64)
    for child in np.flatnonzero(np.bincount(parents, minlength=coarser.num_classes)[parents] == 1).tolist():
        if is_itself(coarser.classes[parents[child]], finer[child]):
            itself[parents[child]] = child
    return itself
