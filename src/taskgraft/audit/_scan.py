"""The one reading of all images: their digests, their details, and which show next to nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.audit._signature import FloatArray, detail_maps, signatures
from taskgraft.data.store import release
from taskgraft.taxonomy import IntArray

_CHUNK_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Scan:
    """What is kept of N images.

    Attributes:
        twin: Number of the distinct picture that each is; equal pixels, equal numbers, shape (N,).
        maps: Details, int8 of shape (N, h, w).
        signatures: float32 of shape (N, D).
        ranges: Largest less smallest pixel value, over all channels each by itself, shape (N,).
        deviations: Standard deviation over pixels of the channel that varies most, shape (N,).
    """

    twin: IntArray
    maps: npt.NDArray[np.int8]
    signatures: FloatArray
    ranges: npt.NDArray[np.uint8]
    deviations: FloatArray


def scan(images: npt.NDArray[np.uint8], rows: IntArray) -> Scan:
    """Reads images once, some megabytes at a time.

    Args:
        images: uint8 of shape (M, C, H, W), possibly mapped from disk and larger than memory.
        rows: Which of them, ascending, shape (N,).

    Example:
        >>> images = np.zeros((3, 1, 16, 16), np.uint8)
        >>> images[2] = 9
        >>> scan(images, np.arange(3)).twin.tolist()
        [0, 0, 1]
    """
    num_at_once = max(1, _CHUNK_BYTES // (4 * int(np.prod(images.shape[1:]))))
    numbers: dict[bytes, int] = {}
    twin, maps, signed, ranges, deviations = [], [], [], [], []
    for start in range(0, len(rows), num_at_once):
        chunk = np.ascontiguousarray(images[rows[start : start + num_at_once]])
        twin += [numbers.setdefault(_digest(image), len(numbers)) for image in chunk]
        maps.append(detail_maps(chunk))
        signed.append(signatures(maps[-1]))
        ranges.append((chunk.max((2, 3)) - chunk.min((2, 3))).max(1))
        deviations.append(chunk.std((2, 3), dtype=np.float32).max(1))
        release(images)
    return Scan(
        np.asarray(twin, np.int64),
        np.concatenate(maps),
        np.concatenate(signed),
        np.concatenate(ranges),
        np.concatenate(deviations),
    )


def _digest(image: npt.NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(image.data, digest_size=16).digest()
