"""From columns of class names, as people keep them, to a taxonomy and labels: gaps, ragged trees, no tree."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from taskgraft.data.labels.order import natural
from taskgraft.errors import TaxonomyError, unknown_name
from taskgraft.taxonomy import IntArray, Level, Taxonomy

Column = Sequence[str | None]
UNKNOWN = -1


class Labelling(NamedTuple):
    """Labels with the taxonomy they are numbers of.

    Attributes:
        taxonomy: The levels.
        labels: int64 of shape (N, L); -1 where nothing is known.
        notes: What was decided on the way, a sentence each.
    """

    taxonomy: Taxonomy
    labels: IntArray
    notes: tuple[str, ...] = ()


def label_columns(
    columns: Mapping[str, Column], *, has_tree: bool = True, taxonomy: Taxonomy | None = None,
    order: Mapping[str, Sequence[str]] | None = None,
) -> Labelling:  # fmt: skip
    """Numbers the classes of one column of names a level, coarsest first.

    A name that is empty or None is unknown. In a tree it is filled in from a finer name where there is one;
    and a class that never has a finer name ends early: it stands for itself at every finer level
    (`docs/decisions/0015`). A level of a single class has nothing to tell apart and is left out.

    Args:
        columns: By level, coarsest first, one name an image.
        has_tree: Whether each finer class lies under one coarser class.
        taxonomy: The classes and their numbers, where they are known; else they are found in the columns, and
            numbered by parent and name.
        order: By level, its classes in the order of their numbers, in place of that.

    Raises:
        TaxonomyError: If a class lies under two parents, or under none, or is not in the taxonomy.

    Example:
        >>> columns = {"colour": ["red", "", "blue"], "shape": ["bar", "disc", ""]}
        >>> found = label_columns(columns, has_tree=False)
        >>> found.labels.tolist()
        [[1, 0], [-1, 1], [0, -1]]
        >>> found = label_columns({"kind": ["pet", "pet", "wild"], "animal": ["cat", "dog", ""]})
        >>> found.taxonomy.levels[1].classes, found.labels.tolist()
        (('cat', 'dog', 'wild'), [[0, 0], [0, 1], [1, 2]])
    """
    names = {level: [_known(name) for name in column] for level, column in columns.items()}
    if len({len(column) for column in names.values()}) > 1:
        raise TaxonomyError.expected(
            "label columns", "of one length", {level: len(column) for level, column in names.items()},
            "Give every image a label, or an empty one, at every level.",
        )  # fmt: skip
    if taxonomy is not None:
        return Labelling(taxonomy, _number(names, taxonomy))
    filled = {level: column for level, column in names.items() if any(column)}
    names, notes = _without_constant_levels(_complete(filled) if has_tree else filled)
    empty = [level for level in columns if level not in filled]
    notes += tuple(f"Level {level!r} was left out: it has no labels." for level in empty)
    found = _tree(names, order or {}) if has_tree else _flat(names, order or {})
    return Labelling(found, _number(names, found), notes)


def _known(name: str | None) -> str | None:
    return name if isinstance(name, str) and name.strip() else None


def _complete(names: dict[str, list[str | None]]) -> dict[str, list[str | None]]:
    """Fills in coarser names from finer ones, and continues classes that end early."""
    levels = list(names)
    parents = [_parents(names, a, b) for a, b in zip(levels, levels[1:], strict=False)]
    full = {level: list(column) for level, column in names.items()}
    for (coarser, finer), known in reversed(list(zip(_pairs(levels), parents, strict=True))):
        full[coarser] = [
            above if above is not None or below is None else known.get(below)
            for above, below in zip(full[coarser], full[finer], strict=True)
        ]
    for coarser, finer in _pairs(levels):
        continued = {above for above, below in zip(full[coarser], full[finer], strict=True) if below}
        taken = set(filter(None, full[finer]))
        full[finer] = [
            below
            if below is not None or above is None or above in continued
            else continued_name(above, taken)
            for above, below in zip(full[coarser], full[finer], strict=True)
        ]
    return full


def _pairs(levels: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(levels, levels[1:], strict=False))


def continued_name(name: str, taken: Collection[str]) -> str:
    """What a class that ends early is called one level further down, where a namesake may live.

    Example:
        >>> continued_name("orange", {"lemon"}), continued_name("orange", {"orange"})
        ('orange', 'orange (itself)')
    """
    return f"{name} (itself)" if name in taken else name


def _parents(names: Mapping[str, Sequence[str | None]], coarser: str, finer: str) -> dict[str, str]:
    """The coarser class of each finer one."""
    found: dict[str, str] = {}
    for above, below in zip(names[coarser], names[finer], strict=True):
        if above is None or below is None:
            continue
        first = found.setdefault(below, above)
        if first != above:
            raise TaxonomyError.expected(
                f"class {below!r} of level {finer!r}", f"under one class of level {coarser!r}",
                [first, above], "Mend the labels or rename one of the two; or say --no-tree.",
            )  # fmt: skip
    for below in dict.fromkeys(filter(None, names[finer])):
        if below not in found:
            raise TaxonomyError.expected(
                f"class {below!r} of level {finer!r}", f"under a class of level {coarser!r}",
                "none in any row", "Name its parent in one row at least, or say --no-tree.",
            )  # fmt: skip
    return found


def _without_constant_levels(
    names: dict[str, list[str | None]],
) -> tuple[dict[str, list[str | None]], tuple[str, ...]]:
    only = {level: sorted(set(filter(None, column))) for level, column in names.items()}
    kept = {level: column for level, column in names.items() if len(only[level]) > 1}
    if not kept:
        raise TaxonomyError.expected(
            "labels", "of two classes or more at some level", [*chain(*only.values())], "Add another class."
        )
    notes = [
        f"Level {level!r} was left out: its only class is {classes[0]!r}."
        for level, classes in only.items()
        if level not in kept
    ]
    return kept, tuple(notes)


def _flat(names: Mapping[str, Sequence[str | None]], order: Mapping[str, Sequence[str]]) -> Taxonomy:
    return Taxonomy.without_tree(
        [
            Level(level, tuple(_sorted(set(filter(None, column)), order.get(level), natural)))
            for level, column in names.items()
        ]
    )


def _tree(names: Mapping[str, Sequence[str | None]], order: Mapping[str, Sequence[str]]) -> Taxonomy:
    """Classes of a level in the order asked for; else in that of their parents, then of their names."""
    levels = list(names)
    classes = [_sorted(set(filter(None, names[levels[0]])), order.get(levels[0]), natural)]
    parents: list[tuple[int, ...]] = []
    for coarser, finer in _pairs(levels):
        above = _parents(names, coarser, finer)
        number = {name: k for k, name in enumerate(classes[-1])}
        parent = {name: number[over] for name, over in above.items()}
        own = _sorted(above, order.get(finer), lambda name: (parent[name], natural(name)))  # noqa: B023
        classes.append(own)
        parents.append(tuple(parent[name] for name in own))
    return Taxonomy(
        tuple(Level(level, tuple(own)) for level, own in zip(levels, classes, strict=True)), tuple(parents)
    )


def _sorted(names: Collection[str], order: Sequence[str] | None, key: Callable[[str], Any]) -> list[str]:
    """Names by their key; where an order is given, in that order, and what it does not name after it."""
    place = {name: k for k, name in enumerate(order or ())}
    return sorted(names, key=lambda name: (place.get(name, len(place)), key(name)))


def _number(names: Mapping[str, Sequence[str | None]], taxonomy: Taxonomy) -> IntArray:
    """Labels of shape (N, L); in a tree, what a finer label says of coarser ones is filled in and checked."""
    num_images = len(next(iter(names.values()), []))
    labels = np.full((num_images, taxonomy.num_levels), UNKNOWN, dtype=np.int64)
    for i, level in enumerate(taxonomy.levels):
        if level.name not in names:
            continue
        numbers = {name: k for k, name in enumerate(level.classes)}
        for name in dict.fromkeys(filter(None, names[level.name])):
            if name not in numbers:
                raise TaxonomyError(str(unknown_name(f"a class of level {level.name!r}", name, numbers)))
        labels[:, i] = [UNKNOWN if name is None else numbers[name] for name in names[level.name]]
    return _with_ancestors(labels, taxonomy) if taxonomy.is_tree else labels


def _with_ancestors(labels: IntArray, taxonomy: Taxonomy) -> IntArray:
    for i in range(taxonomy.num_levels - 1, 0, -1):
        known = labels[:, i] >= 0
        above = taxonomy.parents_of(i)[labels[:, i]]
        wrong = np.flatnonzero(known & (labels[:, i - 1] >= 0) & (labels[:, i - 1] != above))
        if len(wrong):
            finer, coarser = taxonomy.levels[i], taxonomy.levels[i - 1]
            raise TaxonomyError.expected(
                f"images of class {finer.classes[labels[wrong[0], i]]!r}",
                f"under {coarser.classes[above[wrong[0]]]!r}",
                coarser.classes[labels[wrong[0], i - 1]], "Mend the labels, or the taxonomy.",
            )  # fmt: skip
        labels[:, i - 1] = np.where(known, above, labels[:, i - 1])
    return labels
