"""What is in each file, as a hash, and remembered, so that an unchanged file is not read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from taskgraft.data.files import Stamp, is_settled, stamp_of
from taskgraft.file_writing import write_bytes
from taskgraft.locks import locked
from taskgraft.pictures import NO_PICTURE, Picture, in_order, open_picture, reason_of

_ENTRY = np.dtype(
    [
        ("inode", np.uint64),
        ("num_bytes", np.int64),
        ("mtime_ns", np.int64),
        ("ctime_ns", np.int64),
        ("content", np.uint8, 32),
    ]
)
_Entries = npt.NDArray[np.void]
_UNSURE = -1
_SEAL_BYTES = 32
_NO_STAMP: Stamp = (0, _UNSURE, 0, 0)


def contents_of(pictures: Sequence[Picture], folder: Path) -> npt.NDArray[np.uint8]:
    """The SHA-256 of the content of every picture.

    A file whose size and times are what they were when it was last read is not opened. One that cannot
    be read has the hash of the reason.

    Args:
        pictures: Paths, or the contents themselves; None where there is no picture.
        folder: Where the hashes of files are remembered, one small file for each list of paths.

    Returns:
        uint8 of shape (N, 32).

    Raises:
        NotWrittenError: If `folder` cannot be written.

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
        elif picture is None:
            entries["content"][index] = _of_no_picture(NO_PICTURE)
        else:
            paths[index] = picture
    if paths:
        positions = np.fromiter(paths, np.int64)
        entries[positions] = _of_files(list(paths.values()), folder)
    return np.ascontiguousarray(entries["content"])


def is_of_no_picture(content: npt.NDArray[np.uint8], reason: str) -> bool:
    """Whether a hash stands for a picture that could not be read, for this reason.

    Example:
        >>> is_of_no_picture(contents_of([None], Path("unused"))[0], "no picture in the row")
        True
    """
    return bool((content == _of_no_picture(reason)).all())


def _of_files(paths: Sequence[Path], folder: Path) -> _Entries:
    memory = folder / f"files-{_name_of_list(paths)}.npy"
    entries = _remembered(memory, len(paths))
    fresh = [index for index, path in enumerate(paths) if not _is_as_remembered(path, entries[index])]
    for index, entry in zip(fresh, in_order(lambda index: _read(paths[index]), fresh), strict=True):
        entries[index] = entry
    if fresh:
        _remember(memory, entries)
    return entries


def _name_of_list(paths: Sequence[Path]) -> str:
    here = os.getcwd()
    return hashlib.sha256(b"\0".join(os.fsencode(os.path.join(here, path)) for path in paths)).hexdigest()[
        :32
    ]


def _remember(memory: Path, entries: _Entries) -> None:
    file = BytesIO()
    np.save(file, entries, allow_pickle=False)
    content = file.getvalue()
    with locked(memory.with_suffix(".lock")):
        write_bytes(memory, content + _seal(memory, content))


def _remembered(memory: Path, num_paths: int) -> _Entries:
    """What a memory holds; one that is not as it was written could lead to the images of other pictures."""
    try:
        written = memory.read_bytes()
        content = written[:-_SEAL_BYTES]
        if written[-_SEAL_BYTES:] == _seal(memory, content):
            entries: _Entries = np.load(BytesIO(content), allow_pickle=False)
            if entries.dtype == _ENTRY and entries.shape == (num_paths,):
                return entries
    except (OSError, ValueError, EOFError):
        pass  # none yet, or one that was spoilt: the files are read again
    return _unsure(num_paths)


def _seal(memory: Path, content: bytes) -> bytes:
    """Binds what is remembered to the list of files that it is remembered of."""
    return hashlib.sha256(memory.name.encode() + content).digest()


def _unsure(num_entries: int) -> _Entries:
    entries = np.zeros(num_entries, _ENTRY)
    entries["num_bytes"] = _UNSURE
    return entries


def _is_as_remembered(path: Path, entry: np.void) -> bool:
    if entry["num_bytes"] == _UNSURE:
        return False
    try:
        return stamp_of(os.stat(path)) == entry.item()[:-1]
    except (OSError, ValueError):
        return False


def _read(path: Path) -> tuple[int, int, int, int, npt.NDArray[np.uint8]]:
    """An entry for a file: its stamp, from before it was read, and its content."""
    try:
        with open_picture(path) as file:
            stamp = stamp_of(os.fstat(file.fileno()))
            content = _as_array(hashlib.file_digest(file, "sha256").digest())
    except Exception as error:  # the decoder reports what it cannot read
        return *_NO_STAMP, _of_no_picture(reason_of(error))
    return *(stamp if is_settled(stamp) else _NO_STAMP), content


def _of_no_picture(reason: str) -> npt.NDArray[np.uint8]:
    return _as_array(hashlib.sha256(b"unreadable: " + reason.encode()).digest())


def _as_array(digest: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(digest, np.uint8)
