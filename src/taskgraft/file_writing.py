"""Writes every file completely or not at all: under a temporary name, synced to disk, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self, TypeVar

from taskgraft.errors import StudyError
from taskgraft.failpoint import failpoint

TEMPORARY = re.compile(r"\.(?P<name>.+)\.(?P<process>\d+)\.tmp")
"""The name of a file that is being written: the final one, and the number of the process that writes."""

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_AGAIN = "the same command then goes on from what stands."

Written = TypeVar("Written")


class NotWrittenError(StudyError):
    """A file cannot be written; what it was before still stands.

    Attributes:
        strerror: What the system said, as in an `OSError`.
    """

    strerror: str | None = None

    @classmethod
    def of(cls, path: Path, num_bytes: int | None, error: OSError) -> Self:
        """The error for a file or a directory: one line that names it, and what it takes.

        Args:
            path: What cannot be written.
            num_bytes: Bytes of the file; 0 of a directory, None where nobody knows.
            error: What the system said.
        """
        remedy = "Check the directory, its rights and the disk."
        if error.errno in NO_ROOM:
            remedy = f"{_lacking(path, num_bytes, error)}; {_AGAIN}"
        elif error.errno == errno.ENOENT:
            remedy = f"Its directory is gone: bring back {path.parent}; {_AGAIN}"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            remedy = f"Writing needs the right to create files in {path.parent}: grant it; {_AGAIN}"
        result = cls.expected(str(path), "writable", error.strerror or error, remedy)
        result.strerror = error.strerror or str(error)
        return result


def write_whole(
    path: Path,
    write: Callable[[BinaryIO], Written],
    *,
    make_parents: bool = True,
    num_bytes: int | None = None,
) -> Written:
    """Writes a file so that it is complete or does not exist.

    Args:
        path: Final place; an older one stays until the new file is complete.
        write: Writes to the open file; if it raises, nothing is left behind.
        make_parents: Whether to make its directory when missing. Without it, a study that was moved away or
            unmounted does not begin again, half, where it was.
        num_bytes: How much will be written, if that is known: a full disk is then described with it.

    Returns:
        What `write` gave.

    Raises:
        NotWrittenError: If the directory or the file cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "new" / "store.bin"
        ...     write_whole(path, lambda file: file.write(b"all of it")), path.read_bytes()
        (9, b'all of it')
    """
    try:
        if make_parents:
            path.parent.mkdir(parents=True, exist_ok=True)
        failpoint(f"write.{path.name}.before")
        written = _write_temporary(path, write)
        _sync_directory(path.parent)
        failpoint(f"write.{path.name}.after")
    except OSError as error:
        raise NotWrittenError.of(path, num_bytes, error) from error
    return written


def write_bytes(path: Path, content: bytes, *, make_parents: bool = True) -> None:
    """Writes bytes with `write_whole`."""
    write_whole(path, lambda file: file.write(content), make_parents=make_parents, num_bytes=len(content))


def write_text(path: Path, text: str, *, make_parents: bool = True) -> None:
    """Writes UTF-8 text with `write_whole`."""
    write_bytes(path, text.encode(), make_parents=make_parents)


def _write_temporary(path: Path, write: Callable[[BinaryIO], Written]) -> Written:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        # Exclusive: whatever stands under the temporary name, a link even, is never written through.
        with temporary.open("xb") as file:
            written = write(file)
            file.flush()
            os.fsync(file.fileno())
        failpoint(f"write.{path.name}.temporary")
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return written


def _lacking(path: Path, num_bytes: int | None, error: OSError) -> str:
    """What there is too little of for a file: bytes of the disk or of a quota, or inodes."""
    takes = "more" if num_bytes is None else f"{num_bytes:,} bytes" if num_bytes else "a few bytes"
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return f"It takes {takes}: make room"
    free = disk.f_bavail * disk.f_frsize
    # Disks that make these as they need them count none at all.
    if disk.f_files and not disk.f_favail:
        return f"No inode is left for another file, though {free:,} bytes are free: remove some files"
    if error.errno == errno.EDQUOT:
        return f"It takes {takes} and an inode, and your quota has no more: make room"
    return f"It takes {takes}, and {free:,} are free: make room"


def _sync_directory(directory: Path) -> None:
    """Makes a renaming last through a loss of power, where directories can be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
