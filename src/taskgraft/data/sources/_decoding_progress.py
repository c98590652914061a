"""Messages on standard error while pictures are read: progress, on a terminal, and odd events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn

from taskgraft.bars import Bars, note_on


@contextmanager
def decoding_progress() -> Iterator[tuple[Callable[[int, int], None], Callable[[str], None]]]:
    """Gives two functions: one for how many pictures are read, of how many, one for a line to the user.

    Example:
        >>> with decoding_progress() as (show, say):
        ...     show(64, 1000)
    """
    with Bars(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bars:
        bar = None

        def show(num_done: int, num_pictures: int) -> None:
            nonlocal bar
            if bar is None:
                bar = bars.begin("Reading pictures", total=num_pictures)
            bars.update(bar, completed=num_done)

        def say(line: str) -> None:
            note_on(bars.console, f"taskgraft: {line}")

        yield show, say
