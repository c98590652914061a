"""Small tables for notebooks: every value is text, and the colours are those of the page around."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from taskgraft.legible import one_line, shortened

_LONGEST = 40
_LEFT = Markup('style="text-align:left;vertical-align:top;white-space:normal;overflow-wrap:anywhere"')
_QUIET = Markup('<span style="opacity:.6">{}</span>')


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        text: What it says.
        behind: What stands behind it, less loud.
        is_quiet: Whether all of it is less loud.
    """

    text: str
    behind: str = ""
    is_quiet: bool = False


def html_table(head: Sequence[str], rows: Iterable[Sequence[Cell]], below: Iterable[str] = ()) -> str:
    """A table as HTML.

    Args:
        head: Of each column; none for no heading.
        rows: Cells, one a column.
        below: Lines below the table.

    Example:
        >>> html_table([], [[Cell("<b>", "93%")]]).count("&lt;b&gt;")
        1
    """
    titles = Markup("").join(Markup("<th {}>{}</th>").format(_LEFT, one_line(title)) for title in head)
    lines = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td {}>{}</td>").format(_LEFT, _shown(cell)) for cell in row)
        )
        for row in rows
    )
    notes = Markup("").join(Markup("<div>{}</div>").format(_QUIET.format(one_line(line))) for line in below)
    heading = Markup("<thead><tr>{}</tr></thead>").format(titles) if head else ""
    table = Markup("<table>{}<tbody>{}</tbody></table>").format(heading, lines)
    return str(Markup("<div>{}{}</div>").format(table, notes))


def _shown(cell: Cell) -> Markup:
    text = Markup("<bdi>{}</bdi>").format(shortened(one_line(cell.text), _LONGEST))
    if cell.is_quiet:
        return _QUIET.format(Markup("{} {}").format(text, cell.behind))
    return Markup("{} {}").format(text, _QUIET.format(cell.behind)) if cell.behind else text
