"""What is in each file, as a hash, and remembered, so that an unchanged file is not read again."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from taskgraft.data.in_order import in_order
from taskgraft.data.picture_file import Picture, open_picture, reason_of
from taskgraft.data.write_whole import write_whole

_ENTRY = np.dtype([
    ("num_bytes", np.int64), ("mtime_ns", np.int64), ("ctime_ns", np.int64), ("content", np.uint8, 32)
])  # fmt: skip
_Entries = npt.NDArray[np.void]
# A file that changed this shortly before it was read may change again without its times showing it.
_SETTLED_SECONDS = 2.0
_UNSURE = -1


def contents_of(pictures: Sequence[Picture], folder: Path) -> npt.NDArray[np.uint8]:
    """The SHA-256 of the content of every picture.

    A file whose size and times are what they were when it was last read is not opened. One that cannot
    be read has the hash of the reason.

    Args:
        pictures: Paths, or the contents themselves.
        folder: Where the hashes of files are remembered, one small file for each list of paths.

    Returns:
        uint8 of shape (N, 32).

    Raises:
        OSError: If `folder` cannot be written.

    Example:
        >>> contents_of([b"a picture"], Path("unused")).shape
        (1, 32)
    """
    paths: dict[int, Path] = {}
    entries = _unsure(len(pictures))
    for index in range(len(pictures)):
        picture = pictures[index]
        if isinstance(picture, bytes):
            entries["content"][index] = _as_array(hashlib.sha256(picture).digest())
        else:
            paths[index] = picture
    if paths:
        positions = np.fromiter(paths, np.int64)
        entries[positions] = _of_files(list(paths.values()), folder)
    return np.ascontiguousarray(entries["content"])


def _of_files(paths: Sequence[Path], folder: Path) -> _Entries:
    memory = folder / f"files-{_name_of_list(paths)}.npy"
    entries = _remembered(memory, len(paths))
    fresh = [index for index, path in enumerate(paths) if not _is_as_remembered(path, entries[index])]
    for index, entry in zip(fresh, in_order(lambda index: _read(paths[index]), fresh), strict=True):
        entries[index] = entry
    if fresh:
        write_whole(memory, lambda file: np.save(file, entries, allow_pickle=False))
    return entries


def _name_of_list(paths: Sequence[Path]) -> str:
    here = os.getcwd()
    return hashlib.sha256(b"\0".join(os.fsencode(os.path.join(here, path)) for path in paths)).hexdigest()[
        :32
    ]


def _remembered(memory: Path, num_paths: int) -> _Entries:
    try:
        entries: _Entries = np.load(memory, allow_pickle=False)
        if entries.dtype == _ENTRY and entries.shape == (num_paths,):
            return entries
    except (OSError, ValueError, EOFError):
        pass  # none yet, or one that was spoilt: the files are read again
    return _unsure(num_paths)


def _unsure(num_entries: int) -> _Entries:
    entries = np.zeros(num_entries, _ENTRY)
    entries["num_bytes"] = _UNSURE
    return entries


def _is_as_remembered(path: Path, entry: np.void) -> bool:
    if entry["num_bytes"] == _UNSURE:
        return False
    try:
        return _stamp(os.stat(path)) == (entry["num_bytes"], entry["mtime_ns"], entry["ctime_ns"])
    except (OSError, ValueError):
        return False


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _read(path: Path) -> tuple[int, int, int, npt.NDArray[np.uint8]]:
    """An entry for a file: its stamp, from before it was read, and its content."""
    try:
        with open_picture(path) as file:
            stamp = _stamp(os.fstat(file.fileno()))
            content = _as_array(hashlib.file_digest(file, "sha256").digest())
    except Exception as error:  # what cannot be read is the decoder's to report
        return _UNSURE, 0, 0, _as_array(hashlib.sha256(b"unreadable: " + reason_of(error).encode()).digest())
    is_settled = time.time() - max(stamp[1:]) / 1e9 > _SETTLED_SECONDS
    return (stamp if is_settled else (_UNSURE, 0, 0)) + (content,)


def _as_array(digest: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(digest, np.uint8)
