"""Several commands share the runs of a study: each takes those nobody works on, then waits for the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from taskgraft.errors import StudyError
from taskgraft.execution._events import Waiting
from taskgraft.execution._incoming import Incoming
from taskgraft.execution._run_spec import RunSpec
from taskgraft.file_writing import NO_ROOM, NotWrittenError
from taskgraft.study import holder_of, remove_leftovers, try_lock

LOOK_AGAIN_SECONDS = 0.5


def claims(specs: Sequence[RunSpec]) -> Iterator[RunSpec | Waiting]:
    """Gives each run once its lock is free, until all were given.

    The lock of a run is held until the caller takes the next one.

    Args:
        specs: To be done, in this order where no other process is at work; may be added to meanwhile.

    Yields:
        A run whose lock is held; or, once, that every run that is left is another command's.

    Raises:
        StudyError: If a directory cannot be made or locked.
    """
    incoming, refused, has_waited = Incoming(specs), list[RunSpec](), False
    while left := [*refused, *incoming.new()]:
        refused = []
        for spec in left:
            with claimed(spec) as is_held:
                if is_held:
                    yield spec
                else:
                    refused.append(spec)
        if len(refused) == len(left):
            if not has_waited:
                yield waiting_for(refused)
                has_waited = True
            time.sleep(LOOK_AGAIN_SECONDS)


@contextmanager
def claimed(spec: RunSpec) -> Iterator[bool]:
    """Holds the lock of a run unless another process does; yields whether it is held.

    Raises:
        StudyError: If the directory of the run cannot be made or locked.
    """
    make_directory(spec.directory)
    with try_lock(spec.directory) as is_held:
        if is_held:
            remove_leftovers(spec.directory, is_ours=True)
        yield is_held


def waiting_for(specs: Sequence[RunSpec]) -> Waiting:
    """The event that says who does these runs."""
    return Waiting(tuple((spec.name, holder_of(spec.directory)) for spec in specs))


def make_directory(path: Path) -> None:
    """Makes a directory in an existing one; fine if it exists itself.

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
