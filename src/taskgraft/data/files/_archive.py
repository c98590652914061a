"""A tar archive from anywhere, read once: nothing is extracted, and no file unpacks without end."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_MOST_BYTES = 4 << 30
_MOST_AT_ONCE = 16 << 20
_MOST_MEMBERS = 10_000
_OPENERS: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ": lzma.open,
    b"BZh": bz2.open,
}


class _Bounded(io.RawIOBase):
    """What an archive unpacks to, up to a size, and never much of it at once.

    A header may announce a name of gigabytes, which tarfile would read into memory whole.
    """

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def read(self, size: int | None = -1, /) -> bytes:
        """As a file's; refused beyond the limits."""
        size = -1 if size is None else size
        if not 0 <= size <= _MOST_AT_ONCE or self._inner.tell() + size > _MOST_BYTES:
            raise OSError("it unpacks to more than any dataset of its kind")
        return self._inner.read(size)

    def seek(self, position: int, whence: int = 0, /) -> int:
        """As a file's; refused beyond the limit, for a compressed file is unpacked up to there."""
        if whence != 0 or not 0 <= position <= _MOST_BYTES:
            raise OSError("it unpacks to more than any dataset of its kind")
        return self._inner.seek(position)

    def tell(self) -> int:
        """As a file's."""
        return self._inner.tell()


@contextmanager
def unpacking(path: Path) -> Iterator[tarfile.TarFile]:
    """Opens an archive, compressed by gzip, xz, bzip2 or not at all.

    Args:
        path: The archive.

    Raises:
        OSError: If it cannot be read, or unpacks to more than 4 GiB.
        tarfile.TarError: If it is no archive.
    """
    with path.open("rb") as file:
        start = file.read(8)
        file.seek(0)
        opener = next((of for magic, of in _OPENERS.items() if start.startswith(magic)), None)
        # tarfile takes any object with read, seek and tell.
        inner: Any = _Bounded(opener(file) if opener else file)
        with tarfile.open(fileobj=inner, mode="r:") as tar:
            yield tar


def members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members of an archive in turn.

    Raises:
        OSError: If there are too many, or a header holds what is no header.
    """
    number = 0
    while True:
        try:
            member = tar.next()
        # Sizes that are no numbers, sparse maps that end early, and the like.
        except (ValueError, LookupError, OverflowError, RecursionError) as error:
            raise tarfile.ReadError(f"a header that cannot be: {type(error).__name__}") from error
        if member is None:
            return
        number += 1
        if number > _MOST_MEMBERS:
            raise OSError(f"more than {_MOST_MEMBERS:,} members")
        yield member
