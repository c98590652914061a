"""What runs' predictions say, kept between verdicts: a study that is looked at again is not scored again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
import scipy

from taskgraft.data.files import cache_dir
from taskgraft.errors import RequestError
from taskgraft.file_writing import NotWrittenError
from taskgraft.scores import has_further_scores
from taskgraft.sealed_arrays import Array, read_sealed, write_sealed
from taskgraft.verdict._packing import packed, unpacked
from taskgraft.verdict._run_reading import RunReading

FOLDER = "readings"
"""In the folder for caches."""

MOST_BYTES = 2_000_000_000
"""Of all of them: some thousand runs of 10,000 test images."""


class ReadingCache:
    """Files named by a digest of all that decides what a reading says: predictions, tree, draws and code.

    Whatever differs has another name, so nothing is ever out of date; the oldest files go when there are
    too many. Where a file cannot be kept or read, the predictions are scored as if there were none.
    """

    def __init__(self, folder: Path | None) -> None:
        """Of a folder; None keeps nothing."""
        self._folder = folder
        self._has_new = False

    @classmethod
    def here(cls) -> Self:
        """That of this user; one that keeps nothing where scores are registered whose code lies elsewhere."""
        if has_further_scores():
            return cls(None)
        try:
            return cls(cache_dir() / FOLDER)
        except RequestError:
            return cls(None)

    def get(self, decides: Iterable[Array | bytes], read: Callable[[], RunReading]) -> RunReading:
        """A reading: the kept one, or the one that is read now and kept.

        Args:
            decides: Everything besides the code that the reading follows from.
            read: Reads it.
        """
        path = None if self._folder is None else self._folder / f"{_digest(decides)}.npz"
        arrays = None if path is None else read_sealed(path)
        if path is not None and arrays is not None:
            with suppress(OSError):
                os.utime(path)
            return unpacked(arrays)
        arrays = packed(read())
        if path is not None:
            with suppress(NotWrittenError):
                write_sealed(path, arrays)
                self._has_new = True
        # Kept or not, the same to the last bit: sums over arrays that lie otherwise in memory may not be.
        return unpacked(arrays)

    def make_room(self, most_bytes: int = MOST_BYTES) -> None:
        """Removes what was not used for longest, if something came in and all is too much."""
        if self._folder is None or not self._has_new:
            return
        with suppress(OSError):
            files = [(entry.stat(), entry.path) for entry in os.scandir(self._folder)]
            too_much = sum(status.st_size for status, _ in files) - most_bytes
            for status, path in sorted(files, key=lambda file: file[0].st_mtime_ns):
                if too_much <= 0:
                    return
                os.remove(path)
                too_much -= status.st_size


def _digest(decides: Iterable[Array | bytes]) -> str:
    digest = hashlib.blake2b(_code(), digest_size=20)
    for part in decides:
        if isinstance(part, bytes):
            digest.update(b"%d bytes" % len(part) + part)
        else:
            digest.update(f"{part.dtype.str} {part.shape}".encode())
            digest.update(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


@cache
def _code() -> bytes:
    """A digest of this package's source and of what it computes with: others may say something else."""
    digest = hashlib.blake2b(f"{np.__version__} {scipy.__version__}".encode())
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.digest()
