"""What is said on standard error while pictures are read: how far it is, on a terminal, and odd events."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def decoding_progress() -> Iterator[tuple[Callable[[int, int], None], Callable[[str], None]]]:
    """Gives two functions: one for how many pictures are read, of how many, one for a line to the user.

    Example:
        >>> with decoding_progress() as (show, say):
        ...     show(64, 1000)
    """
    columns = (TextColumn("Reading pictures"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = None

        def show(num_done: int, num_pictures: int) -> None:
            nonlocal task
            if task is None:
                task = progress.add_task("", total=num_pictures)
            progress.update(task, completed=num_done)

        def say(line: str) -> None:
            with suppress(OSError):  # nobody reads it any more
                console.print(f"taskgraft: {line}", markup=False, highlight=False, soft_wrap=True)

        yield show, say
