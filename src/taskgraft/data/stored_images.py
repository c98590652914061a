"""One store on disk: the bytes of its images in one file, what they are in another beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from taskgraft.data.write_whole import write_whole


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


def open_stored(path: Path) -> tuple[StoredHeader, npt.NDArray[np.uint8]] | None:
    """Maps the images of a store, without reading them.

    Args:
        path: The file of the images; its header stands beside it.

    Returns:
        Header and images; None where there is no store, or one that is not whole.

    Example:
        >>> open_stored(Path("never-made.images"))
    """
    try:
        header = _parsed(json.loads(_header_path(path).read_bytes()))
        if os.path.getsize(path) != np.prod(header.shape, dtype=np.int64):
            return None
        if header.shape[0] == 0:
            return header, np.empty(header.shape, np.uint8)
        # Copy on write: torch takes it for writable and does not warn, and nothing reaches the file.
        return header, np.memmap(path, np.uint8, mode="c", shape=header.shape)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_stored(
    path: Path, decoded: Iterable[npt.NDArray[np.uint8] | str], shape: tuple[int, int, int]
) -> None:
    """Writes a store; stopped on the way, it leaves nothing.

    Args:
        path: The file of the images.
        decoded: For each picture its image of shape (C, H, W), or why there is none.
        shape: C, H and W.

    Raises:
        OSError: If the folder cannot be written or is full.

    Example:
        >>> write_stored(Path("zoo.images"), decoded, (3, 64, 64))  # doctest: +SKIP
    """
    # The header comes last: images without one are not believed.
    header = write_whole(path, lambda file: _write_images(file, decoded, shape))
    text = json.dumps(asdict(header)).encode()
    write_whole(_header_path(path), lambda file: file.write(text))


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


def _parsed(values: dict[str, Any]) -> StoredHeader:
    num_images, num_channels, height, width = map(int, values["shape"])
    bad = tuple((int(position), str(reason)) for position, reason in values["bad"])
    return StoredHeader((num_images, num_channels, height, width), str(values["digest"]), bad)
