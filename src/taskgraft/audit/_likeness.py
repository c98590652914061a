"""How alike two images are in their details, at the shift that suits them best."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from taskgraft.audit._signature import FloatArray

_LARGEST_SHIFT = 1
# What rounding and noise leave in a map that holds nothing, in squared steps a pixel.
_LEAST_ENERGY = 2.0
_CHUNK = 4096


def likeness(
    maps: npt.NDArray[np.int8],
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    is_mirrored: npt.NDArray[np.bool_],
) -> FloatArray:
    """Correlation of the detail maps of pairs, the best over shifts of a pixel each way.

    Args:
        maps: int8 of shape (N, h, w).
        first: Of each pair, shape (P,).
        second: Of each pair, shape (P,).
        is_mirrored: Whether the second is mirrored beforehand, shape (P,).

    Returns:
        float32 of shape (P,), from -1 to 1.

    Example:
        >>> maps = np.random.default_rng(0).integers(-90, 90, (1, 16, 16)).astype(np.int8)
        >>> shifted = np.concatenate([maps, np.roll(maps, 1, axis=2)])
        >>> likeness(shifted, np.array([0]), np.array([1]), np.array([False])).round(2).tolist()
        [1.0]
    """
    likeness = np.empty(len(first), np.float32)
    for start in range(0, len(first), _CHUNK):
        part = slice(start, start + _CHUNK)
        others = maps[second[part]].astype(np.float32)
        turned = is_mirrored[part]
        others[turned] = others[turned][:, :, ::-1]
        likeness[part] = _best_correlation(maps[first[part]].astype(np.float32), others)
    return likeness


def cosines(
    even: FloatArray, odd: FloatArray, other_even: FloatArray, other_odd: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Cosines of all pairs of signatures, plain or mirrored, as it suits the pair better.

    Mirroring changes the sign of the odd half, so both cosines come from the same two products.

    Args:
        even: The entries that mirroring leaves as they are, shape (N, E).
        odd: Those whose sign it changes, shape (N, O).
        other_even: Of the others, shape (M, E).
        other_odd: Of the others, shape (M, O).

    Returns:
        The cosines, shape (N, M); and the products of the odd halves, negative where the mirror image suits.

    Example:
        >>> one, two = np.array([[0.6, 0.8]], np.float32), np.array([[0.6, -0.8]], np.float32)
        >>> best, crossed = cosines(one[:, :1], one[:, 1:], two[:, :1], two[:, 1:])
        >>> float(best[0, 0]), bool(crossed[0, 0] < 0)
        (1.0, True)
    """
    crossed = odd @ other_odd.T
    plain = even @ other_even.T
    return np.add(plain, np.abs(crossed), out=plain), crossed


def _best_correlation(images: FloatArray, others: FloatArray) -> FloatArray:
    """Correlation of the inner part of each image with its like in the other, best over shifts."""
    height, width = images.shape[1:]
    edge = _LARGEST_SHIFT
    inner = images[:, edge : height - edge, edge : width - edge]
    unmoved = _energy(inner, inner)
    best = np.full(len(images), -1, np.float32)
    for down, right in itertools.product(range(2 * edge + 1), repeat=2):
        moved = others[:, down : height - 2 * edge + down, right : width - 2 * edge + right]
        energy = np.sqrt((unmoved + _LEAST_ENERGY) * (_energy(moved, moved) + _LEAST_ENERGY))
        np.maximum(best, _energy(inner, moved) / energy, out=best)
    return best


def _energy(images: FloatArray, others: FloatArray) -> FloatArray:
    """Mean over pixels of the product: shape (P,)."""
    return np.asarray(np.einsum("nij,nij->n", images, others) / images[0].size, np.float32)
