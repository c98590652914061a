"""The one reading of all images: their digests, their details, and which show next to nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taskgraft.audit._signature import FloatArray, detail_maps, signatures
from taskgraft.data.store import release
from taskgraft.taxonomy import IntArray

_CHUNK_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Scan:
    """What is kept of N images, T of which are distinct pictures.

    Attributes:
        twin: Number of the distinct picture that each is, in the order of their first images; equal pixels,
            equal numbers, shape (N,).
        maps: Details of each picture, int8 of shape (T, h, w).
        signatures: Of each picture, float32 of shape (T, D).
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
        >>> scanned = scan(images, np.arange(3))
        >>> scanned.twin.tolist(), len(scanned.maps)
        ([0, 0, 1], 2)
    """
    num_at_once = max(1, _CHUNK_BYTES // (4 * int(np.prod(images.shape[1:]))))
    numbers: dict[bytes, int] = {}
    twin = np.empty(len(rows), np.int64)
    maps, signed, ranges, deviations = (_Filled(len(rows)) for _ in range(4))
    for start in range(0, len(rows), num_at_once):
        chunk = np.ascontiguousarray(images[rows[start : start + num_at_once]])
        num_before = len(numbers)
        of_chunk = [numbers.setdefault(_digest(image), len(numbers)) for image in chunk]
        twin[start : start + num_at_once] = of_chunk
        new, places = np.unique(of_chunk, return_index=True)
        details = detail_maps(chunk[places[new >= num_before]])
        maps.add(details)
        signed.add(signatures(details))
        ranges.add((chunk.max((2, 3)) - chunk.min((2, 3))).max(1))
        deviations.add(chunk.std((2, 3), dtype=np.float32).max(1))
        release(images)
    return Scan(twin, maps.rows, signed.rows, ranges.rows, deviations.rows)


class _Filled:
    """An array that is filled bit by bit: its memory is taken as it is written, and never held twice.

    Args:
        most: Rows at most.
    """

    def __init__(self, most: int) -> None:
        self._most, self._num_rows = most, 0
        self._every: npt.NDArray[Any] | None = None

    def add(self, rows: npt.NDArray[Any]) -> None:
        if self._every is None:
            self._every = np.empty((self._most, *rows.shape[1:]), rows.dtype)
        self._every[self._num_rows : self._num_rows + len(rows)] = rows
        self._num_rows += len(rows)

    @property
    def rows(self) -> npt.NDArray[Any]:
        return np.empty(0) if self._every is None else self._every[: self._num_rows]


def _digest(image: npt.NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(image.data, digest_size=16).digest()
