"""Confusion matrices that open from parents to children."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.verdict.records import Verdict
from taskgraft.verdict.wording import count

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
        elsewhere: Taken for a class under another parent; None at the coarsest level.
        right: Share taken for what they are; None without images.
        link: Id of the part that opens this class; empty where it has no children.
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
        parent: The class they are under; empty for the coarsest level.
        names: The classes, for rows and columns alike.
        rows: One a class; empty where there are too many to draw.
        pairs: Where there are too many: the most frequent mistakes, as (true, predicted, images).
        summary: A line for the part that opens this matrix.
        children: The matrix of each class that has more than one child.
    """

    key: str
    level: str
    parent: str
    names: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    pairs: tuple[tuple[str, str, int], ...]
    summary: str
    children: tuple[Matrix, ...]


def confused_architecture(verdict: Verdict) -> str | None:
    """Whose confusions are shown: the recommended architecture's, or the control's when there is none."""
    if verdict.recommendation is not None:
        return verdict.recommendation.architecture
    return verdict.control


def nested_confusions(confusions: Mapping[str, IntArray], taxonomy: Taxonomy) -> Matrix | None:
    """The coarsest level's matrix with everything under it; None where a level's is missing."""
    if any(name not in confusions for name in taxonomy.level_names):
        return None
    counts = [np.asarray(confusions[name]) for name in taxonomy.level_names]
    return _matrix(0, np.arange(taxonomy.num_classes[0]), None, counts, taxonomy)


def _matrix(
    level: int, classes: IntArray, parent: int | None, counts: list[IntArray], taxonomy: Taxonomy
) -> Matrix:
    """The classes of one level under one parent, and in turn what is under each of them."""
    below = (
        {} if level + 1 == taxonomy.num_levels else {int(k): _children(level, k, taxonomy) for k in classes}
    )
    opened = {k: found for k, found in below.items() if len(found) > 1}
    names = taxonomy.levels[level].classes
    is_drawn = len(classes) <= MOST_CLASSES
    return Matrix(
        key=f"confusion-{level}" if parent is None else f"confusion-{level}-{parent}",
        level=taxonomy.levels[level].name,
        parent="" if parent is None else taxonomy.levels[level - 1].classes[parent],
        names=tuple(names[k] for k in classes),
        rows=tuple(_row(level, int(k), classes, parent, counts, taxonomy, opened) for k in classes)
        if is_drawn
        else (),
        pairs=() if is_drawn else _pairs(counts[level], names),
        summary=_summary(counts[level][classes], classes, taxonomy.levels[level].name),
        children=tuple(_matrix(level + 1, found, k, counts, taxonomy) for k, found in opened.items()),
    )


def _children(level: int, parent: int, taxonomy: Taxonomy) -> IntArray:
    return np.flatnonzero(taxonomy.parents_of(level + 1) == parent)


def _row(
    level: int, true: int, classes: IntArray, parent: int | None, counts: list[IntArray],
    taxonomy: Taxonomy, opened: Mapping[int, IntArray],
) -> MatrixRow:  # fmt: skip
    row = counts[level][true]
    total, inside = int(row.sum()), row[classes]
    return MatrixRow(
        name=taxonomy.levels[level].classes[true],
        cells=tuple(_shaded(int(number), total) for number in inside),
        elsewhere=None if parent is None else _shaded(total - int(inside.sum()), total),
        right=int(row[true]) / total if total else None,
        link=f"confusion-{level + 1}-{true}" if true in opened else "",
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
    found = (np.unravel_index(int(i), mistakes.shape) for i in order)
    return tuple((names[t], names[p], int(mistakes[t, p])) for t, p in found if mistakes[t, p])
