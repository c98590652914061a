"""Turns every way in which a file can refuse to be read into one line for the user."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskgraft.errors import DataError

_REFUSALS = (OSError, EOFError, UnicodeDecodeError, zlib.error, lzma.LZMAError, tarfile.TarError)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever goes wrong inside while `path` is read becomes a `DataError` that names it.

    Args:
        path: The file, archive or folder that is being read.

    Raises:
        DataError: If it is missing, may not be read, is cut short or is not of its format.

    Example:
        >>> try:
        ...     with reading(Path("labels.gz")):
        ...         raise EOFError("it ends early")
        ... except DataError as error:
        ...     print(str(error).partition(". ")[0])
        Expected labels.gz to be readable and whole, but got 'it ends early'
    """
    try:
        yield
    except _REFUSALS as error:
        raise DataError.expected(
            str(path),
            "readable and whole",
            _in_one_line(error),
            "Check the path and its permissions; if the file is damaged, fetch it again.",
        ) from error


def _in_one_line(error: Exception) -> str:
    """An operating system's error without its number, any other one without its further lines."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror + (f": {error.filename}" if error.filename else "")
    return next(iter(str(error).splitlines()), type(error).__name__)
