"""Confusion matrices that open from parents to children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from taskgraft.taxonomy import IntArray, Level, Taxonomy
from taskgraft.verdict import Confusion, count

# A page of so many cells can still be scrolled through, and read.
MOST_CLASSES = 120
_MOST_PAIRS = 50
_NUM_SHADES = 9


@dataclass(frozen=True)
class Shaded:
    """A cell: how many images, and how dark, from 0 (none) to 9 (all of the row)."""

    number: int
    shade: int


@dataclass(frozen=True)
class MatrixRow:
    """What the images of one true class were taken for.

    Attributes:
        name: The class.
        cells: One a column of the matrix.
        elsewhere: Taken for a class under another parent; None where the matrix holds a whole level.
        right: Share taken for what they are; None without images.
        link: Id of the part that opens this class; empty where nothing in it can be confused.
    """

    name: str
    cells: tuple[Shaded, ...]
    elsewhere: Shaded | None
    right: float | None
    link: str


@dataclass(frozen=True)
class Matrix:
    """The confusions among the classes under one parent, or among those of the coarsest level.

    Attributes:
        key: Its id on the page.
        level: Whose classes these are.
        parent: The class they are under, with those between that are an only child; empty for a whole level.
        names: The classes, for rows and columns alike.
        rows: One a class; empty where there are too many to draw.
        pairs: Where there are too many: the most frequent mistakes, as (true, predicted, images).
        summary: A line for the part that opens this matrix.
        children: The matrix within each class under which something can be confused.
    """

    key: str
    level: str
    parent: str
    names: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    pairs: tuple[tuple[str, str, int], ...]
    summary: str
    children: tuple[Matrix, ...]


def nested_confusions(
    confusions: Sequence[Confusion],
    taxonomy: Taxonomy,
    key: str = "confusion",
    most_classes: int = MOST_CLASSES,
) -> tuple[Matrix, ...]:
    """The coarsest level's matrix with everything under it; without a tree each level's, one after another.

    Empty where a level's is missing.

    Args:
        confusions: Of one variant.
        taxonomy: The levels.
        key: What the ids of the matrices begin with.
        most_classes: A matrix of more is not drawn.
    """
    drawing = _Drawing(taxonomy, key, most_classes)
    by_level = {confusion.level: confusion for confusion in confusions}
    if any(name not in by_level for name in taxonomy.level_names):
        return ()
    counts = [by_level[level.name].matrix(level.num_classes) for level in taxonomy.levels]
    tops = range(1 if taxonomy.is_tree else taxonomy.num_levels)
    return tuple(
        _matrix(_Part(level, np.arange(taxonomy.num_classes[level])), counts, drawing) for level in tops
    )


@dataclass(frozen=True)
class _Drawing:
    """What all matrices of a variant share."""

    taxonomy: Taxonomy
    key: str
    most_classes: int


@dataclass(frozen=True)
class _Part:
    """Classes of one level that stand in one matrix: all of them, or those under one parent."""

    level: int
    classes: IntArray
    parent: int | None = None
    above: str = ""

    def key(self, beginning: str) -> str:
        """Its id on the page."""
        return f"{beginning}-{self.level}" + ("" if self.parent is None else f"-{self.parent}")


def _matrix(part: _Part, counts: list[IntArray], drawing: _Drawing) -> Matrix:
    """The classes of one part, and in turn what is under each of them."""
    taxonomy = drawing.taxonomy
    below = {int(k): _within(part.level, int(k), taxonomy) for k in part.classes}
    opened = {k: inner for k, inner in below.items() if inner is not None}
    level = taxonomy.levels[part.level]
    is_drawn = len(part.classes) <= drawing.most_classes
    links = {k: inner.key(drawing.key) for k, inner in opened.items()}
    return Matrix(
        key=part.key(drawing.key),
        level=level.name,
        parent=part.above,
        names=tuple(level.classes[k] for k in part.classes),
        rows=tuple(_row(part, int(k), counts[part.level], level, links) for k in part.classes)
        if is_drawn
        else (),
        pairs=() if is_drawn else _pairs(counts[part.level], level.classes),
        summary=_summary(counts[part.level][part.classes], part.classes, level.name),
        children=tuple(_matrix(inner, counts, drawing) for inner in opened.values()),
    )


def _within(level: int, parent: int, taxonomy: Taxonomy) -> _Part | None:
    """What a class opens to: its children or, where it has one only, that one's; None where nothing forks."""
    names = [taxonomy.levels[level].classes[parent]]
    while taxonomy.is_tree and level + 1 < taxonomy.num_levels:
        children = np.flatnonzero(taxonomy.parents_of(level + 1) == parent)
        level += 1
        if len(children) > 1:
            return _Part(level, children, parent, " › ".join(dict.fromkeys(names)))
        parent = int(children[0])
        names.append(taxonomy.levels[level].classes[parent])
    return None


def _row(part: _Part, true: int, counts: IntArray, level: Level, links: Mapping[int, str]) -> MatrixRow:
    row = counts[true]
    total, inside = int(row.sum()), row[part.classes]
    return MatrixRow(
        name=level.classes[true],
        cells=tuple(_shaded(int(number), total) for number in inside),
        elsewhere=None if part.parent is None else _shaded(total - int(inside.sum()), total),
        right=int(row[true]) / total if total else None,
        link=links.get(true, ""),
    )


def _shaded(number: int, total: int) -> Shaded:
    """Shades go with the root of the share, so that rare mistakes can be seen beside a full diagonal."""
    return Shaded(number, 0 if number == 0 else max(1, round(_NUM_SHADES * (number / total) ** 0.5)))


def _summary(rows: IntArray, classes: IntArray, level: str) -> str:
    total = int(rows.sum())
    if total == 0:
        return "no images"
    right = int(rows[np.arange(len(classes)), classes].sum())
    share = f"{100 * right / total:.1f} % of {count(total, 'prediction')} right"
    return f"{len(classes)} classes of {level}, {share}"


def _pairs(counts: IntArray, names: tuple[str, ...]) -> tuple[tuple[str, str, int], ...]:
    mistakes = counts.copy()
    np.fill_diagonal(mistakes, 0)
    order = np.argsort(-mistakes, axis=None, kind="stable")[:_MOST_PAIRS]
    places = (np.unravel_index(int(i), mistakes.shape) for i in order)
    return tuple((names[t], names[p], int(mistakes[t, p])) for t, p in places if mistakes[t, p])
