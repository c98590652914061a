"""Locks by which processes share files: the system's own, or a file that says who holds it.

The system (`flock`) releases the lock of a process that died, and the file stays where it is, empty. Some
cluster disks have no `flock`. There whoever creates the file holds the lock: it says which process of which
machine that is, and is removed in the end. One whose process is provably dead is taken over.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskgraft.lock_holder import Holder
from taskgraft.printing import note

_HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)
_WITHOUT_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP)
_PATIENCE_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.1
# Between the creation of a file and its first byte: a file that is empty for longer belongs to no process.
_WRITTEN_WITHIN_SECONDS = 2.0
_MOST_BYTES = 1024
_announced: set[Path] = set()


class Lock:
    """The lock that a file stands for; held by one process, and in it by one object, at a time.

    Args:
        path: The file; its directory exists.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / ".lock"
        >>> first, second = Lock(path), Lock(path)
        >>> first.try_acquire(), second.try_acquire()
        (True, False)
        >>> first.release()
        >>> second.try_acquire()
        True
        >>> second.release()
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        # Whether the file names us, since the system has no locks.
        self._is_named = False

    def try_acquire(self) -> bool:
        """Takes the lock unless somebody has it; says whether it did.

        Raises:
            OSError: If the file cannot be made or opened.
        """
        while (is_taken := self._attempt()) is None:
            pass
        return is_taken

    def acquire(self) -> None:
        """Takes the lock, after waiting for it; says once on standard error what a long wait is for.

        Raises:
            OSError: If the file cannot be made or opened.
        """
        began, is_announced = time.monotonic(), False
        while not self.try_acquire():
            if not is_announced and time.monotonic() - began > _PATIENCE_SECONDS:
                note(f"Waiting for {self._path}, {held_by(self._path)}.")
                is_announced = True
            time.sleep(_LOOK_AGAIN_SECONDS)

    def release(self) -> None:
        """Gives the lock back; does nothing where it is not held."""
        handle, self._handle = self._handle, None
        is_named, self._is_named = self._is_named, False
        if handle is None:
            return
        with contextlib.suppress(OSError):
            if is_named and _is_at(self._path, handle):
                self._path.unlink()
        os.close(handle)

    def _attempt(self) -> bool | None:
        """Whether the lock is ours now; None where something has changed, and it is worth another attempt."""
        try:
            handle, is_new = _open(self._path)
        except FileNotFoundError:
            if not self._path.parent.is_dir():
                raise
            return None
        try:
            is_taken = self._take(handle, is_new=is_new)
        except BaseException:
            os.close(handle)
            raise
        if is_taken:
            self._handle = handle
        else:
            os.close(handle)
        return is_taken

    def _take(self, handle: int, *, is_new: bool) -> bool | None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _WITHOUT_LOCKS:
                _announce(self._path, error)
                return self._take_without_flock(handle, is_new=is_new)
            if error.errno in _HELD:
                return False
            raise
        # A file that was removed meanwhile locks nothing.
        return True if _is_at(self._path, handle) else None

    def _take_without_flock(self, handle: int, *, is_new: bool) -> bool | None:
        if not is_new:
            return None if _is_abandoned(self._path, handle) and _take_away(self._path, handle) else False
        try:
            os.write(handle, Holder.this_process().record.encode())
            os.fsync(handle)
        except OSError:
            with contextlib.suppress(OSError):
                self._path.unlink()
            raise
        self._is_named = True
        return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock of a file, after waiting for it.

    Raises:
        OSError: If the file cannot be made or opened.
    """
    lock = Lock(path)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def held_by(path: Path) -> str:
    """Who holds a lock, in words, as far as its file says."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except OSError:
        content = b""
    holder = Holder.of(content)
    if holder is None:
        unnamed = "held by another process"
        return (
            f"{unnamed}, which it does not name; if no process uses it, remove the file"
            if content
            else unnamed
        )
    held = f"held by process {holder.process} on {holder.machine}"
    return held if holder.is_here else f"{held}; if that process is gone, remove the file"


def _open(path: Path) -> tuple[int, bool]:
    """A lock's file, and whether it is new."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666), True
    except FileExistsError:
        pass
    try:
        return os.open(path, flags), False
    except PermissionError:
        # Another user's, who shares the directory: to be locked it need not be written.
        return os.open(path, flags & ~os.O_RDWR | os.O_RDONLY), False


def _is_abandoned(path: Path, handle: int) -> bool:
    """Whether a file names a process that is dead, or is empty, as `flock` leaves it on another disk."""
    content = os.pread(handle, _MOST_BYTES, 0)
    if not content:
        return _now(path) - os.fstat(handle).st_mtime > _WRITTEN_WITHIN_SECONDS
    holder = Holder.of(content)
    return holder is not None and holder.is_dead


def _take_away(path: Path, handle: int) -> bool:
    """Removes an abandoned file, unless another one has replaced it."""
    aside = _beside(path)
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        return True
    is_it = _is_at(aside, handle)
    if not is_it:
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    aside.unlink()
    return is_it


def _is_at(path: Path, handle: int) -> bool:
    try:
        return _identity(os.lstat(path)) == _identity(os.fstat(handle))
    except FileNotFoundError:
        return False


def _now(path: Path) -> float:
    """The time by the clock of the disk, which may be another machine's."""
    probe = _beside(path)
    handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        return os.fstat(handle).st_mtime
    finally:
        os.close(handle)
        probe.unlink()


def _beside(path: Path) -> Path:
    # Ends as a temporary file of this process does, so that it is removed if the process dies now.
    return path.with_name(f".{path.name.lstrip('.')}.{threading.get_ident()}.{os.getpid()}.tmp")


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _announce(path: Path, error: OSError) -> None:
    """Says that a disk has no locks: once for a directory and all below it."""
    directory = path.absolute().parent
    if not _announced.intersection((directory, *directory.parents)):
        _announced.add(directory)
        note(
            f"{socket.gethostname()}: the disk of {path} has no locks (flock: {error.strerror}). Processes "
            "keep apart by files that name their holder instead."
        )
