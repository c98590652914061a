"""Reads files; one that cannot be read now is never mistaken for a missing or a damaged one."""

from __future__ import annotations

import errno
import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

from safetensors import safe_open

from taskgraft.errors import UnreadableError

_CHUNK_BYTES = 1 << 20
# What is no directory holds nothing, and nothing has a name that is too long for its disk.
_ABSENT = (errno.ENOTDIR, errno.ENAMETOOLONG)


class NoFileError(Exception):
    """A path leads to something else than a file; says in a few words to what."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Sorts the system's errors within: a missing file is a `FileNotFoundError`, all else unreadable.

    Only what is missing, or fails a check of its content, may be made again. A file that a disk, a server or
    a missing right hides for now may be complete.

    Raises:
        FileNotFoundError: If there is nothing of this name.
        NoFileError: If links lead in a circle.
        UnreadableError: For any other error of the system.

    Example:
        >>> with reading(Path("result.json")):
        ...     raise OSError(errno.EMFILE, "Too many open files")
        Traceback (most recent call last):
        ...
        taskgraft.errors.UnreadableError: Expected result.json to be readable, but got 'Too many open files \
(EMFILE)'. It may be complete, and is left as it is: solve this, then run the same command again.
    """
    try:
        yield
    except (FileNotFoundError, UnreadableError):
        raise
    except OSError as error:
        if error.errno in _ABSENT:
            raise FileNotFoundError(error.errno, error.strerror, str(path)) from error
        if error.errno == errno.ELOOP:
            raise NoFileError("a link that leads in a circle") from error
        raise _unreadable(path, _in_words(error)) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        FileNotFoundError: If there is none.
        NoFileError: If it is something else.
        UnreadableError: If it cannot be read now.
    """
    with opened(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def is_file(path: Path) -> bool:
    """Whether a path leads to a file; False where there is nothing of that name.

    Raises:
        NoFileError: If it leads to something else, which might be read for ever.
        UnreadableError: If the system does not say.

    Example:
        >>> is_file(Path("nowhere"))
        False
    """
    try:
        with reading(path):
            mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        raise NoFileError("something that is no file")
    return True


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """A file, open for reading; errors of reading it are sorted, too.

    Raises:
        FileNotFoundError: If it does not exist.
        NoFileError: If it is something else than a file.
        UnreadableError: If it cannot be read now.
    """
    with reading(path):
        is_file(path)
        with path.open("rb") as file:
            yield file


@contextmanager
def opened_tensors(path: Path, framework: str) -> Iterator[Any]:
    """A safetensors file as `safe_open` gives it.

    Args:
        path: The file.
        framework: `numpy` or `pt`.

    Raises:
        FileNotFoundError: If it does not exist.
        NoFileError: If it is something else than a file.
        UnreadableError: If it cannot be read now.
        SafetensorError: If it is no safetensors file.
    """
    # safetensors maps the file: a disk that fails would then end the process, and its errors bear no number;
    # of a process without room for another open file it even says that there is no such file.
    _read_through(path)
    try:
        with safe_open(path, framework=framework) as tensors:
            yield tensors
    except OSError as error:
        _read_through(path)
        raise _unreadable(path, str(error)) from error


def _read_through(path: Path) -> None:
    with opened(path) as file:
        while file.read(_CHUNK_BYTES):
            pass


def _unreadable(path: Path, reason: str) -> UnreadableError:
    return UnreadableError.expected(
        str(path),
        "readable",
        reason,
        "It may be complete, and is left as it is: solve this, then run the same command again.",
    )


def _in_words(error: OSError) -> str:
    name = errno.errorcode.get(error.errno or 0)
    return f"{error.strerror or error}" + (f" ({name})" if name else "")
