"""Images with exactly the same pixels: which they are, without a look at all pixels of all images."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from taskgraft.data.store import release
from taskgraft.taxonomy import IntArray

_BATCH = 1000


def copy_groups(batches: Iterable[npt.NDArray[np.uint8]]) -> IntArray:
    """Which images have exactly the same pixels: for each the place of the first one like it.

    Args:
        batches: The images in order, some at a time: each of shape (B, C, H, W).

    Example:
        >>> copy_groups([np.array([[[[7]]], [[[9]]], [[[7]]]], np.uint8)]).tolist()
        [0, 1, 0]
    """
    first: dict[bytes, int] = {}
    groups = [
        first.setdefault(hashlib.blake2b(image.tobytes(), digest_size=16).digest(), len(first))
        for batch in batches
        for image in batch
    ]
    _, places = np.unique(np.array(groups, np.int64), return_index=True)
    return places[groups].astype(np.int64)


def copies_among(images: npt.NDArray[np.uint8], rows: IntArray) -> IntArray:
    """As `copy_groups`, of some images, of which only those whose middle rows agree are read whole.

    Args:
        images: uint8 of shape (M, C, H, W), possibly mapped from disk and larger than memory.
        rows: Which of them, shape (N,).

    Returns:
        For each of the N the place among them of the first one like it.

    Example:
        >>> images = np.array([[[[7]]], [[[9]]], [[[7]]]], np.uint8)
        >>> copies_among(images, np.array([1, 2, 0])).tolist()
        [0, 1, 1]
    """
    groups = np.arange(len(rows))
    keys = np.concatenate([np.zeros(0, np.int64), *_of_middle_rows(images, rows)])
    _, of_each, counts = np.unique(keys, return_inverse=True, return_counts=True)
    alike = np.flatnonzero(counts[of_each] > 1)
    groups[alike] = alike[copy_groups(_batches(images, rows[alike]))]
    return groups


def _of_middle_rows(images: npt.NDArray[np.uint8], rows: IntArray) -> Iterator[IntArray]:
    """A number for the middle row of each image; of equal rows an equal one."""
    _, channels, height, width = images.shape
    draw = np.random.default_rng(0)
    weights = draw.integers(-(2**62), 2**62, channels * width, dtype=np.int64)
    for start in range(0, len(rows), _BATCH):
        middle = images[rows[start : start + _BATCH], :, height // 2]
        # An overflow is no harm: it is the same for equal rows.
        yield middle.reshape(len(middle), -1).astype(np.int64) @ weights
        release(images)


def _batches(images: npt.NDArray[np.uint8], rows: IntArray) -> Iterator[npt.NDArray[np.uint8]]:
    for start in range(0, len(rows), _BATCH):
        yield images[rows[start : start + _BATCH]]
        release(images)
