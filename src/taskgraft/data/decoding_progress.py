"""Shows on standard error how far the decoding of pictures is: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def decoding_progress() -> Iterator[Callable[[int, int], None]]:
    """Gives a function to be called with how many pictures are decoded, and how many there are.

    Example:
        >>> with decoding_progress() as show:
        ...     show(64, 1000)
    """
    columns = (TextColumn("Decoding pictures"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = None

        def show(num_done: int, num_pictures: int) -> None:
            nonlocal task
            if task is None:
                task = progress.add_task("", total=num_pictures)
            progress.update(task, completed=num_done)

        yield show
