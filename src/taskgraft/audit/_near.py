"""Finds near duplicates: likely pairs by their signatures, kept where their details agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.audit._chance import measure_chance
from taskgraft.audit._likeness import cosines, likeness
from taskgraft.audit._screen import Screen
from taskgraft.audit._signature import FloatArray, changes_sign, frequencies_across
from taskgraft.taxonomy import IntArray

# The cosine of signatures from which a pair is looked at, and the likeness from which it is a duplicate.
_LEAST_COSINE, _LEAST_LIKENESS = 0.75, 0.85
# The less detail an image has, in squared steps a pixel, the more of it has to agree: outlines of bottles do.
_FAINT = 45.0
# Where images look alike anyway, more is required: so much that chance gives an image this many of them.
_CHANCE_CANDIDATES, _CHANCE_DUPLICATES = 5.0, 0.01
_MOST_CANDIDATES = 1_000_000
_SMALLEST_SIDE = 8  # of a picture that has details at all
_BLOCK = 1024  # a block of cosines stays in the processor's cache


@dataclass(frozen=True)
class NearPairs:
    """Pairs of images that show the same.

    Attributes:
        first: Position of the one, shape (P,).
        second: Position of the other, shape (P,); always the larger.
        likeness: Correlation of their details, shape (P,).
        is_mirrored: Whether one is the other's mirror image, shape (P,).
        required: The likeness that a pair needs; images with little detail need more.
        is_cut: Whether there were too many candidates, so that only the likeliest were looked at.
    """

    first: IntArray
    second: IntArray
    likeness: FloatArray
    is_mirrored: npt.NDArray[np.bool_]
    required: float
    is_cut: bool


NO_PAIRS = NearPairs(
    np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, bool), 1.0, False
)


def near_pairs(maps: npt.NDArray[np.int8], signatures: FloatArray) -> NearPairs:
    """All near duplicates among images, mirror images included.

    Every pair of signatures is compared, by blocks of a matrix product: no hash falls on the wrong side of
    a boundary. What rounded numbers rule out is not compared again.

    Args:
        maps: int8 of shape (N, h, w), from `detail_maps`.
        signatures: float32 of shape (N, D), of the same images.

    Example:
        >>> from taskgraft.audit._signature import detail_maps, signatures
        >>> images = np.random.default_rng(0).integers(0, 256, (3, 1, 16, 16), np.uint8)
        >>> images[2] = images[0, :, :, ::-1]
        >>> maps = detail_maps(images)
        >>> found = near_pairs(maps, signatures(maps))
        >>> found.first.tolist(), found.second.tolist(), found.is_mirrored.tolist()
        ([0], [2], [True])
    """
    if min(maps.shape[1:]) < _SMALLEST_SIDE:
        return NO_PAIRS
    odd = changes_sign(frequencies_across(maps.shape[2]), signatures.shape[1])
    even_half, odd_half = np.ascontiguousarray(signatures[:, ~odd]), np.ascontiguousarray(signatures[:, odd])
    chance = measure_chance(maps, even_half, odd_half)
    looked_at = max(_LEAST_COSINE, chance.cosine.least(_CHANCE_CANDIDATES))
    first, second, is_mirrored, is_cut = _candidates(even_half, odd_half, looked_at)
    required = max(_LEAST_LIKENESS, chance.likeness.least(_CHANCE_DUPLICATES))
    alike = likeness(maps, first, second, is_mirrored)
    energy = np.einsum("nij,nij->n", maps, maps, dtype=np.float32) / maps[0].size
    least = _LEAST_LIKENESS * (1 + _FAINT / np.maximum(np.minimum(energy[first], energy[second]), 1))
    kept = (alike >= least) & (alike >= required)
    return NearPairs(first[kept], second[kept], alike[kept], is_mirrored[kept], required, is_cut)


def _candidates(
    even: FloatArray, odd: FloatArray, least: float
) -> tuple[IntArray, IntArray, npt.NDArray[np.bool_], bool]:
    """Pairs whose cosine is at least `least`: first, second, is mirrored; and whether any were cut."""
    pairs, similar = [np.empty((3, 0), np.int64)], [np.empty(0, np.float32)]
    num_pairs, is_cut = 0, False
    screen = Screen(even, odd)
    for top in range(0, len(even), _BLOCK):
        for left in range(top, len(even), _BLOCK):
            columns = slice(left, left + _BLOCK)
            rows = top + screen.rows(slice(top, top + _BLOCK), columns, least)
            if len(rows):
                first, second, cosine, crossed = _alike(even, odd, rows, columns, least)
                pairs.append(np.stack([first, second, crossed < 0]))
                similar.append(cosine)
                num_pairs += len(first)
        if num_pairs > 2 * _MOST_CANDIDATES:
            pairs, similar = _likeliest(pairs, similar)
            least, num_pairs, is_cut = float(similar[0].min()), _MOST_CANDIDATES, True
    first, second, is_mirrored = np.concatenate(pairs, axis=1)
    return first, second, is_mirrored.astype(bool), is_cut


def _alike(
    even: FloatArray, odd: FloatArray, rows: IntArray, columns: slice, least: float
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Pairs of some images with later ones of a block: both, their cosine and the product of odd halves."""
    cosine, crossed = cosines(even[rows], odd[rows], even[columns], odd[columns])
    a, b = np.divmod(np.flatnonzero(cosine >= least), cosine.shape[1])
    is_later = rows[a] < b + columns.start
    a, b = a[is_later], b[is_later]
    return rows[a], b + columns.start, cosine[a, b], crossed[a, b]


def _likeliest(
    pairs: list[npt.NDArray[np.int64]], similar: list[FloatArray]
) -> tuple[list[npt.NDArray[np.int64]], list[FloatArray]]:
    cosine, every = np.concatenate(similar), np.concatenate(pairs, axis=1)
    kept = np.sort(np.argpartition(-cosine, _MOST_CANDIDATES)[:_MOST_CANDIDATES])
    return [every[:, kept]], [cosine[kept]]
