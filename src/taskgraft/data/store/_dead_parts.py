"""Half-written files in a cache, left behind by processes that were killed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from taskgraft.file_writing import TEMPORARY
from taskgraft.locks import Lock
from taskgraft.processes import began_seconds, is_running

# The start of a process is known to some hundredths of a second, and clocks are set.
_LENIENCE_SECONDS = 60.0


def remove_dead_parts(folder: Path) -> None:
    """Removes the parts that no process will finish, and no others.

    A part is dead if the process in its name is, or began after the part was last written to (numbers of
    processes come again), and nobody holds the lock under which such a file is written: a process on
    another host has a number that means nothing here, but it holds the lock.

    Args:
        folder: A cache, whose files `STEM.KIND` are written by `write_whole` under the lock `STEM.lock`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     (Path(folder) / ".zoo.images.4194999.tmp").touch()
        ...     remove_dead_parts(Path(folder))
        ...     list(Path(folder).iterdir())
        []
    """
    for part in sorted(folder.glob(".*.tmp")):
        named = TEMPORARY.fullmatch(part.name)
        if named is None:
            continue
        stem, _, kind = named["name"].rpartition(".")
        # A lock's temporary file has a number for its kind, and is no file of the cache.
        if not stem or not kind.isidentifier():
            continue
        # Another process has removed it, or has to.
        with suppress(OSError):
            if not _is_alive(int(named["process"]), part.stat().st_mtime):
                _remove_unless_locked(part, folder / f"{stem}.lock")


def _remove_unless_locked(part: Path, lock: Path) -> None:
    if not lock.exists():
        part.unlink()
        return
    held = Lock(lock)
    if held.try_acquire():
        try:
            part.unlink()
        finally:
            held.release()


def _is_alive(process: int, written_seconds: float) -> bool:
    """Whether a process may be the one that last wrote at this time; where that is unknown, it may."""
    if not is_running(process):
        return False
    began = began_seconds(process)
    return began is None or began < written_seconds + _LENIENCE_SECONDS
