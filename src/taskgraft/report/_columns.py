"""Text for a terminal of 80 columns, in as many lines as there is room for."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from taskgraft.legible import one_line

WIDTH = 80
_MORE = "..."
_WIDEST_NAME = 36


def plain(words: str) -> Text:
    """Words as they are, with no markup; names in them come from anywhere, and begin no line."""
    return Text(one_line(words))


def wrapped(words: str, most: int, indent: str = "") -> list[str]:
    """A paragraph in lines of 80 columns; what does not fit into so many lines is cut off with dots.

    Args:
        words: The paragraph.
        most: Lines at most, at least 1.
        indent: What the first line begins with; the others are indented as far.

    Example:
        >>> wrapped("one two", 2, "- ")
        ['- one two']
    """
    width = WIDTH - len(indent)
    lines = [line.plain.rstrip() for line in plain(words).wrap(_console(width), width)]
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][: width - len(_MORE)].rstrip()}{_MORE}"]
    return [(indent if i == 0 else " " * len(indent)) + line for i, line in enumerate(lines)]


def bullets(sentences: Sequence[str], most: int, elsewhere: str = "the report") -> list[str]:
    """Sentences as a list; those that do not fit are counted on a last line.

    Args:
        sentences: A paragraph each.
        most: Lines at most, at least 2.
        elsewhere: Where all of them stand.

    Example:
        >>> bullets(["a", "b", "c"], 2)
        ['- a', '- and 2 more: see the report']
    """
    lines: list[str] = []
    for number, sentence in enumerate(sentences):
        rest = len(sentences) - number - 1
        room = most - len(lines) - (1 if rest else 0)
        item = wrapped(sentence, WIDTH, "- ")
        if len(item) > room:
            # The first is shown as far as it goes, for something is better than a number.
            if lines:
                rest += 1
            else:
                lines = wrapped(sentence, room, "- ")
            return [*lines, f"- and {rest} more: see {elsewhere}"] if rest else lines
        lines += item
    return lines


def table(first: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; its first column holds names, which are folded where there is no room. A figure never is.

    Args:
        first: Heading of the names.
        columns: Headings of the rest.
        rows: A name and a cell a column each.
    """
    drawn = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    drawn.add_column(first, overflow="fold", max_width=_WIDEST_NAME)
    for column in columns:
        drawn.add_column(plain(column), justify="right", no_wrap=True)
    for name, *cells in rows:
        drawn.add_row(plain(name), *map(plain, cells))
    console = _console(WIDTH)
    console.print(drawn)
    text = console.file.getvalue() if isinstance(console.file, io.StringIO) else ""
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def is_narrow(first: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table of these fits into 80 columns with nothing but names folded."""
    widths = [
        max(cell_len(column), *(cell_len(row[i + 1]) for row in rows)) for i, column in enumerate(columns)
    ]
    name = max(cell_len(first), *(min(cell_len(row[0]), _WIDEST_NAME) for row in rows))
    return name + sum(width + 2 for width in widths) <= WIDTH


def _console(width: int) -> Console:
    return Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
