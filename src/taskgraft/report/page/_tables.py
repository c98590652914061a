"""A table as plain data: one template shows them all, and one script sorts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column's heading.

    Attributes:
        title: What stands in it, with its unit.
        is_text: Whether it holds words, which stand left and sort by letter.
        is_group_start: Whether a line sets it off from the columns before it.
    """

    title: str
    is_text: bool = False
    is_group_start: bool = False


@dataclass(frozen=True)
class Cell:
    """What stands in a cell.

    Attributes:
        text: The value as shown.
        key: What it sorts by; None sorts last.
        note: Small print: an interval.
        is_strong: Whether it is set in bold.
    """

    text: str
    key: float | None = None
    note: str = ""
    is_strong: bool = False


@dataclass(frozen=True)
class Row:
    """A row: what it is about, and its cells.

    Attributes:
        name: Its heading.
        cells: One a column after the first.
        badges: Words beside the heading.
    """

    name: str
    cells: tuple[Cell, ...]
    badges: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        key: Its id on the page.
        caption: What it shows.
        columns: The first is the one of the rows' headings.
        rows: In the order of a page without scripts.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


NOTHING = Cell("–")


def transposed(columns: Sequence[Sequence[Cell]]) -> list[tuple[Cell, ...]]:
    """The cells of each row, from those of each column."""
    return list(zip(*columns, strict=True))
