"""What is shown on standard error while work goes on: bars on a terminal, and lines above them."""

from __future__ import annotations

import sys
from typing import TextIO, cast

from rich.console import Console
from rich.progress import Progress, ProgressColumn, TaskID, TextColumn

from taskgraft.legible import one_line
from taskgraft.printing import Heedless


def note_on(console: Console, line: str) -> None:
    """Prints a line on a console, above its bars; never wrapped, as a line of a log is one line."""
    console.print(one_line(line), markup=False, highlight=False, soft_wrap=True)


def error_console() -> Console:
    """A console on standard error that lets the work go on when nobody can read it."""
    # Within bars, standard error is a stand-in that writes to the console of the bars.
    stream = Heedless(getattr(sys.stderr, "rich_proxied_file", sys.stderr))
    return Console(file=cast(TextIO, stream))


class Bars(Progress):
    """Bars on standard error, if that is a terminal, each behind a text that may hold anything.

    Args:
        columns: What stands behind the text.
        console: In place of standard error.
        stay: Whether they stay when they are done.

    Example:
        >>> with Bars() as bars:
        ...     bar = bars.begin("level [red]a[/red]", total=2)
        ...     bars.advance(bar)
    """

    def __init__(self, *columns: ProgressColumn, console: Console | None = None, stay: bool = False) -> None:
        console = console or error_console()
        super().__init__(
            TextColumn("{task.description}", markup=False),
            *columns,
            console=console,
            transient=not stay,
            disable=not console.is_terminal,
            refresh_per_second=4,
        )

    def begin(self, text: str, total: float | None = None) -> TaskID:
        """A new bar, empty; gives what the other methods know it by."""
        return self.add_task(one_line(text), total=total)

    def rename(self, bar: TaskID, text: str) -> None:
        """Puts another text before a bar."""
        self.update(bar, description=one_line(text))
