"""One store on disk: the bytes of its images in one file, what they are in another beside it."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from taskgraft.data.files import Stamp, is_settled, stamp_of
from taskgraft.file_writing import write_text, write_whole

Progress = Callable[[int, int], None]

_CHUNK_BYTES = 4 << 20
_CHUNKS_A_REPORT = 16
# Which stores this process has read and found whole, and the stamp of each at that time.
_verified: dict[str, tuple[Stamp, str]] = {}
_lock = threading.Lock()


class DamagedStore(Exception):  # noqa: N818
    """A store is not what was written, for the reason that is the message."""


@dataclass(frozen=True)
class StoredHeader:
    """What is known of stored images.

    Attributes:
        shape: N, C, H and W.
        digest: SHA-256 of their bytes, in hexadecimal.
        bad: Position and reason of each picture that gave no image, ascending.
    """

    shape: tuple[int, int, int, int]
    digest: str
    bad: tuple[tuple[int, str], ...]


def open_stored(
    path: Path, progress: Progress | None = None
) -> tuple[StoredHeader, npt.NDArray[np.uint8]] | None:
    """Maps the images of a store whose bytes are those that were written.

    They are read once in a process, and again only when the file has changed since.

    Args:
        path: The file of the images; its header stands beside it.
        progress: Called now and then, in a large store, with how many images are checked, and how many
            there are.

    Returns:
        Header and images; None where there is no store.

    Raises:
        DamagedStore: If header or images are not as they were written.
        OSError: If they cannot be read now.

    Example:
        >>> open_stored(Path("never-made.images"))
    """
    try:
        content = _header_path(path).read_bytes()
    except FileNotFoundError:
        return None
    header = _parsed(content, path.name)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise DamagedStore("its images are missing") from None
    with file:
        if os.fstat(file.fileno()).st_size != np.prod(header.shape, dtype=np.int64):
            raise DamagedStore("its size is not the one it was written with")
        _verify(path, file, header, progress)
        if header.shape[0] == 0:
            return header, np.empty(header.shape, np.uint8)
        # The file that was checked, whatever stands under its name by now. Copy on write: torch takes it for
        # writable and does not warn, and nothing reaches the file.
        return header, np.memmap(file, np.uint8, mode="c", shape=header.shape)


def write_stored(
    path: Path, decoded: Iterable[npt.NDArray[np.uint8] | str], shape: tuple[int, int, int]
) -> None:
    """Writes a store; stopped on the way, it leaves nothing.

    Args:
        path: The file of the images.
        decoded: For each picture its image of shape (C, H, W), or why there is none.
        shape: C, H and W.

    Raises:
        NotWrittenError: If the folder cannot be written or is full.

    Example:
        >>> write_stored(Path("zoo.images"), decoded, (3, 64, 64))  # doctest: +SKIP
    """
    # The header comes last: images without one are not believed.
    header = write_whole(path, lambda file: _write_images(file, decoded, shape))
    values = {**asdict(header), "store": path.name}
    write_text(_header_path(path), json.dumps({**values, "checksum": _checksum(values)}))


def forget_stored(path: Path) -> None:
    """Has a store made again when it is next asked for; what is mapped of it stays.

    Args:
        path: The file of the images.

    Example:
        >>> forget_stored(Path("never-made.images"))
    """
    _header_path(path).unlink(missing_ok=True)


def _write_images(
    file: BinaryIO, decoded: Iterable[npt.NDArray[np.uint8] | str], shape: tuple[int, int, int]
) -> StoredHeader:
    state, bad, num_images = hashlib.sha256(), [], 0
    for position, image in enumerate(decoded):
        if isinstance(image, str):
            bad.append((position, image))
            continue
        state.update(image.data)
        file.write(image.data)
        num_images += 1
    return StoredHeader((num_images, *shape), state.hexdigest(), tuple(bad))


def _header_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _parsed(content: bytes, name: str) -> StoredHeader:
    """The header of the store of this name; another store's is as wrong as a damaged one."""
    try:
        values: dict[str, Any] = json.loads(content)
        if values.pop("checksum") != _checksum(values) or values["store"] != name:
            raise ValueError
        num_images, num_channels, height, width = map(int, values["shape"])
        bad = tuple((int(position), str(reason)) for position, reason in values["bad"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DamagedStore("its header is not as it was written") from None
    return StoredHeader((num_images, num_channels, height, width), str(values["digest"]), bad)


def _checksum(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _verify(path: Path, file: BinaryIO, header: StoredHeader, progress: Progress | None) -> None:
    """Reads a store unless this process has, and nothing has touched it since.

    Raises:
        DamagedStore: If its bytes have another digest than its header says.
    """
    name, stamp = os.path.abspath(path), stamp_of(os.fstat(file.fileno()))
    if _verified.get(name) == (stamp, header.digest):
        return
    if _digest(file, header.shape, progress) != header.digest:
        raise DamagedStore("its bytes are not those that were written")
    if is_settled(stamp) and stamp == stamp_of(os.fstat(file.fileno())):
        with _lock:
            _verified[name] = stamp, header.digest


def _digest(file: BinaryIO, shape: tuple[int, int, int, int], progress: Progress | None) -> str:
    state, buffer = hashlib.sha256(), memoryview(bytearray(_CHUNK_BYTES))
    num_images = shape[0]
    num_read = num_chunks = 0
    while num_bytes := file.readinto(buffer):  # type: ignore[attr-defined]
        state.update(buffer[:num_bytes])
        num_read, num_chunks = num_read + num_bytes, num_chunks + 1
        if progress and num_chunks % _CHUNKS_A_REPORT == 0:
            progress(num_read // (shape[1] * shape[2] * shape[3]), num_images)
    return state.hexdigest()
