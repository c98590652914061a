"""Small tables for notebooks: every value is text, and the colours are those of the page around."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from taskgraft.legible import one_line, shortened

_LONGEST, _LONGEST_FACT = 40, 200
_LEFT = Markup('style="text-align:left;vertical-align:top;white-space:normal;overflow-wrap:anywhere"')
_WIDTH = Markup('style="max-width:100%;overflow-x:auto"')
_QUIET = Markup('<span style="opacity:.6">{}</span>')


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        text: What it says.
        behind: What stands behind it, less loud.
        is_quiet: Whether all of it is less loud.
        longest: Letters that are shown of what it says.
    """

    text: str
    behind: str = ""
    is_quiet: bool = False
    longest: int = _LONGEST


def html_table(
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    below: Iterable[str] = (),
    above: Iterable[str] = (),
) -> str:
    """A table as HTML, which scrolls where a notebook is too narrow for it.

    Args:
        head: Of each column; none for no heading.
        rows: Cells, one a column.
        below: Lines below the table, less loud.
        above: Lines above it.

    Example:
        >>> html_table([], [[Cell("<b>", "93%")]]).count("&lt;b&gt;")
        1
    """
    titles = Markup("").join(
        Markup("<th {}>{}</th>").format(_LEFT, shortened(one_line(title), _LONGEST)) for title in head
    )
    lines = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td {}>{}</td>").format(_LEFT, _shown(cell)) for cell in row)
        )
        for row in rows
    )
    notes = Markup("").join(Markup("<div>{}</div>").format(_QUIET.format(one_line(line))) for line in below)
    heading = Markup("<thead><tr>{}</tr></thead>").format(titles) if head else ""
    table = Markup("<table>{}<tbody>{}</tbody></table>").format(heading, lines)
    first = Markup("").join(Markup("<div>{}</div>").format(one_line(line)) for line in above)
    return str(Markup("<div {}>{}{}{}</div>").format(_WIDTH, first, table, notes))


def facts_table(facts: Mapping[str, str], below: Iterable[str] = ()) -> str:
    """A table of what something is: names, less loud, before values."""
    rows = [[Cell(what, is_quiet=True), Cell(text, longest=_LONGEST_FACT)] for what, text in facts.items()]
    return html_table([], rows, below)


def _shown(cell: Cell) -> Markup:
    text = Markup("<bdi>{}</bdi>").format(shortened(one_line(cell.text), cell.longest))
    if cell.is_quiet:
        return _QUIET.format(Markup("{} {}").format(text, cell.behind))
    return Markup("{} {}").format(text, _QUIET.format(cell.behind)) if cell.behind else text
