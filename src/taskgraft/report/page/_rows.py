"""The rows of tables as HTML, in Python and not in a template: a page of many variants has ten thousand."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from taskgraft.legible import visible
from taskgraft.report.page._breakable import breakable
from taskgraft.report.page._confusion import Matrix, MatrixRow
from taskgraft.report.page._tables import Cell, Column, Row, Table

# As in the script that sorts.
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def table_rows(table: Table) -> Markup:
    """All rows of a table, each cell with what it sorts by."""
    classes = [_classes(column, is_strong=False) for column in table.columns[1:]]
    strong = [_classes(column, is_strong=True) for column in table.columns[1:]]
    return Markup("\n".join(_row(table, row, (classes, strong)) for row in table.rows))


def matrix_rows(matrix: Matrix) -> Markup:
    """All rows of a confusion matrix."""
    return Markup("\n".join(_matrix_row(row, number) for number, row in enumerate(matrix.rows)))


def _row(table: Table, row: Row, classes: tuple[list[str], list[str]]) -> str:
    badges = "".join(f' <span class="badge">{_safe(badge)}</span>' for badge in row.badges)
    cells = "".join(
        _cell(cell, column, classes[cell.is_strong][number])
        for number, (cell, column) in enumerate(zip(row.cells, table.columns[1:], strict=True))
    )
    return f'<tr><th scope="row"><bdi>{_name(row.name)}</bdi>{badges}</th>{cells}</tr>'


def _cell(cell: Cell, column: Column, attribute: str) -> str:
    note = f' <span class="interval">{_safe(cell.note)}</span>' if cell.note else ""
    return f"<td{_sort_key(cell, column)}{attribute}>{_safe(cell.text)}{note}</td>"


def _sort_key(cell: Cell, column: Column) -> str:
    """What the script cannot read from the text itself, to nine digits."""
    if cell.key is None or (not column.is_text and _reads_as(cell.text) == cell.key):
        return ""
    return f' data-key="{cell.key:.9g}"'


def _reads_as(text: str) -> float | None:
    """The number that the script reads a cell's text as."""
    return float(text) if _NUMBER.fullmatch(text) else None


def _classes(column: Column, *, is_strong: bool) -> str:
    words = {"words": column.is_text, "group": column.is_group_start, "best": is_strong}
    kept = " ".join(word for word, applies in words.items() if applies)
    return f' class="{kept}"' if kept else ""


def _matrix_row(row: MatrixRow, number: int) -> str:
    name = f"<bdi>{_safe(row.name)}</bdi>"
    heading = f'<a href="#{_safe(row.link)}">{name}</a>' if row.link else name
    share = "–" if row.right is None else f"{100 * row.right:.1f}"
    return (
        f'<tr><th scope="row">{heading}</th>{"".join(_matrix_cells(row, number))}'
        f'<td class="share">{share}</td></tr>'
    )


def _matrix_cells(row: MatrixRow, number: int) -> Iterator[str]:
    for column, cell in enumerate(row.cells):
        is_right = column == number
        kept = " ".join(filter(None, [f"h{cell.shade}" if cell.shade else "", "right" if is_right else ""]))
        attribute = f' class="{kept}"' if kept else ""
        yield f"<td{attribute}>{cell.number if cell.number or is_right else ''}</td>"
    if row.elsewhere:
        shade = f" h{row.elsewhere.shade}" if row.elsewhere.shade else ""
        yield f'<td class="elsewhere{shade}">{row.elsewhere.number or ""}</td>'


@functools.lru_cache(maxsize=4096)
def _safe(text: str) -> str:
    """A text as the templates write it."""
    return str(escape(visible(text)))


@functools.lru_cache(maxsize=4096)
def _name(name: str) -> str:
    return str(breakable(name))
