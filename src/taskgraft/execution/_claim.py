"""Several processes share the runs of a study: each takes those nobody works on, then waits for the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from taskgraft.errors import StudyError
from taskgraft.file_writing import NO_ROOM, NotWrittenError
from taskgraft.study import remove_leftovers, try_lock

_LOOK_AGAIN_SECONDS = 0.5
Work = TypeVar("Work")


def share_runs(
    runs: Sequence[Work],
    directory_of: Callable[[Work], Path],
    do: Callable[[Work], None],
    on_wait: Callable[[Sequence[Work]], None],
) -> None:
    """Does each run once its lock can be had, until all were had.

    Args:
        runs: To be done, in this order where no other process is at work.
        directory_of: The directory of a run.
        do: Does a run, unless whoever held its lock before has finished it; called with the lock held.
        on_wait: Called once, when every run that is left is another process's.

    Raises:
        StudyError: If a directory cannot be made or locked.
    """
    left, has_waited = list(runs), False
    while left:
        refused = [run for run in left if not _do_locked(run, directory_of(run), do)]
        if len(refused) == len(left):
            if not has_waited:
                on_wait(refused)
                has_waited = True
            time.sleep(_LOOK_AGAIN_SECONDS)
        left = refused


def make_directory(path: Path) -> None:
    """Makes a directory whose parent exists; fine if it exists itself.

    Raises:
        StudyError: If it cannot be made; a parent that is gone is not made again.
    """
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise NotWrittenError.of(path, 0, error) from error
        raise StudyError.expected(
            str(path),
            "a directory that can be written",
            error.strerror or error,
            f"Check {path.parent}, its rights and the disk; the same command then goes on.",
        ) from error


def _do_locked(run: Work, directory: Path, do: Callable[[Work], None]) -> bool:
    """Does a run with its lock held; False if another process holds it."""
    make_directory(directory)
    with try_lock(directory) as is_held:
        if is_held:
            remove_leftovers(directory, is_ours=True)
            do(run)
        return is_held
