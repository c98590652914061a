"""Locks by which several processes share a study. Nobody waits for a process that is known to be dead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskgraft.errors import StudyError
from taskgraft.locks import Lock, held_by

LOCK = ".lock"


@contextmanager
def lock(directory: Path) -> Iterator[None]:
    """Holds the lock of a directory, after waiting for it.

    Raises:
        StudyError: If the directory cannot be written, or is gone.
    """
    taken = Lock(directory / LOCK)
    with _of(directory):
        taken.acquire()
    try:
        yield
    finally:
        taken.release()


@contextmanager
def try_lock(directory: Path) -> Iterator[bool]:
    """Holds the lock of a directory unless another process does; yields whether it is held.

    Raises:
        StudyError: If the directory cannot be written, or is gone.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with try_lock(folder) as first, try_lock(folder) as second:
        ...     first, second
        (True, False)
    """
    taken = Lock(directory / LOCK)
    with _of(directory):
        is_held = taken.try_acquire()
    try:
        yield is_held
    finally:
        taken.release()


def holder_of(directory: Path) -> str:
    """Who holds the lock of a directory, in words."""
    return held_by(directory / LOCK)


@contextmanager
def _of(directory: Path) -> Iterator[None]:
    try:
        if (directory / LOCK).is_symlink():
            raise OSError("it is a link")
        yield
    except OSError as error:
        raise StudyError.expected(
            str(directory),
            "a directory that can be written",
            error.strerror or str(error),
            "Check that it exists, its rights and the disk; the same command then goes on.",
        ) from error
