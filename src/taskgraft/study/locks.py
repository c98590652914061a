"""Locks by which several processes share a study. The system releases those of a process that died."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from taskgraft.errors import StudyError

LOCK = ".lock"


@contextmanager
def lock(directory: Path) -> Iterator[None]:
    """Holds the lock of a directory, after waiting for it.

    Raises:
        StudyError: If the directory cannot be written, or is gone.
    """
    taken = _acquire(directory, is_patient=True)
    try:
        yield
    finally:
        if taken is not None:
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
    taken = _acquire(directory, is_patient=False)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            taken.release()


def _acquire(directory: Path, *, is_patient: bool) -> FileLock | None:
    path = directory / LOCK
    try:
        if path.is_symlink():
            raise OSError("it is a link")
        taken = FileLock(path)
        taken.acquire(blocking=is_patient)
    except Timeout:
        return None
    except OSError as error:
        raise StudyError.expected(
            str(directory), "a directory that can be written", error.strerror or str(error),
            "Check that it is there, its rights and the disk; the same command then goes on.",
        ) from error  # fmt: skip
    return taken
