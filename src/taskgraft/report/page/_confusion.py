"""Confusion matrices that open from parents to children."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

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
    counts = [_counts(by_level[level.name], level.num_classes) for level in taxonomy.levels]
    tops = range(1 if taxonomy.is_tree else taxonomy.num_levels)
    return tuple(
        _matrix(_Part(level, np.arange(taxonomy.num_classes[level])), counts, drawing) for level in tops
    )


# A `csr_array`: of ten thousand classes the matrix with its zeros has a hundred million cells.
_Counts = Any


def _counts(confusion: Confusion, num_classes: int) -> _Counts:
    """Images, rows true and columns predicted: shape (K, K), of which only what is not 0 is stored."""
    true, predicted, images = np.array(confusion.cells, dtype=np.int64).reshape(-1, 3).T
    return csr_array((images, (true, predicted)), shape=(num_classes, num_classes))


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


def _matrix(part: _Part, counts: list[_Counts], drawing: _Drawing) -> Matrix:
    """The classes of one part, and in turn what is under each of them."""
    taxonomy, of_level = drawing.taxonomy, counts[part.level]
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
        rows=tuple(_rows(part, of_level, level, links)) if is_drawn else (),
        pairs=() if is_drawn else _pairs(of_level, level.classes),
        summary=_summary(of_level, part.classes, level.name),
        children=tuple(_matrix(inner, counts, drawing) for inner in opened.values()),
    )


def _within(level: int, parent: int, taxonomy: Taxonomy) -> _Part | None:
    """What a class opens to: its children or, where it has one only, that one's; None where nothing forks."""
    names = [taxonomy.levels[level].classes[parent]]
    while taxonomy.is_tree and level + 1 < taxonomy.num_levels:
        order, firsts = taxonomy.by_parent(level + 1)
        last = firsts[parent + 1] if parent + 1 < len(firsts) else len(order)
        children = order[firsts[parent] : last]
        level += 1
        if len(children) > 1:
            return _Part(level, children, parent, " › ".join(dict.fromkeys(names)))
        parent = int(children[0])
        names.append(taxonomy.levels[level].classes[parent])
    return None


def _rows(part: _Part, counts: _Counts, level: Level, links: Mapping[int, str]) -> Iterator[MatrixRow]:
    of_part = counts[part.classes]
    inside = of_part[:, part.classes].toarray()
    for number, (true, total) in enumerate(
        zip(part.classes.tolist(), of_part.sum(axis=1).tolist(), strict=True)
    ):
        row = inside[number]
        yield MatrixRow(
            name=level.classes[true],
            cells=tuple(_shaded(number, total) for number in row.tolist()),
            elsewhere=None if part.parent is None else _shaded(total - int(row.sum()), total),
            right=int(row[number]) / total if total else None,
            link=links.get(true, ""),
        )


def _shaded(number: int, total: int) -> Shaded:
    """Shades go with the root of the share, so that rare mistakes can be seen beside a full diagonal."""
    return Shaded(number, 0 if number == 0 else max(1, round(_NUM_SHADES * (number / total) ** 0.5)))


def _summary(counts: _Counts, classes: IntArray, level: str) -> str:
    total = int(counts[classes].sum())
    if total == 0:
        return "no images"
    right = int(counts.diagonal()[classes].sum())
    share = f"{100 * right / total:.1f} % of {count(total, 'prediction')} right"
    return f"{len(classes)} classes of {level}, {share}"


def _pairs(counts: _Counts, names: tuple[str, ...]) -> tuple[tuple[str, str, int], ...]:
    """The most frequent mistakes; of equally frequent ones the first true class, then the first predicted."""
    cells = counts.tocoo()
    is_mistake = (cells.row != cells.col) & (cells.data > 0)
    true, predicted, images = (each[is_mistake] for each in (cells.row, cells.col, cells.data))
    order = np.lexsort([predicted, true, -images])[:_MOST_PAIRS]
    return tuple((names[true[i]], names[predicted[i]], int(images[i])) for i in order)
