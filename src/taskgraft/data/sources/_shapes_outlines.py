"""Sixteen outlines, each as closed lines and as a table of signed distances.

Every outline encloses the same area around the same centre, so that none shows more of its surface
than another. All can be told apart whichever way they are turned or mirrored: augmentation is free
to do both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from taskgraft.taxonomy import IntArray

FloatArray = npt.NDArray[np.float32]
Loop = npt.NDArray[np.float64]  # the V corners of a closed line, (V, 2), y upwards

# The table covers this many units each way; the outlines have the area of the unit disc.
_REACH = 2.25
_CELLS = 192


def _unit(angles: Loop) -> Loop:
    """Points of the unit circle, shape (V, 2)."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _arc(start: float, stop: float, radius: float = 1.0, centre: tuple[float, float] = (0, 0)) -> Loop:
    """A part of a circle from one angle to another, in degrees, anticlockwise if `stop` is larger."""
    angles = np.radians(np.linspace(start, stop, 33))
    return np.asarray(radius * _unit(angles) + centre)


def _rays(*radii: float) -> Loop:
    """Corners at evenly spaced angles, the first one at the top."""
    angles = np.pi / 2 + 2 * np.pi * np.arange(len(radii)) / len(radii)
    return np.asarray(_unit(angles) * np.asarray(radii)[:, None])


def _corners(*points: tuple[float, float]) -> Loop:
    return np.asarray(points, dtype=np.float64)


def _mirrored(*points: tuple[float, float]) -> Loop:
    """The right half of a symmetric outline, from top to bottom, with its mirror image."""
    right = _corners(*points)
    return np.concatenate([right[::-1], right * (-1, 1)])


def _heart() -> Loop:
    t = np.linspace(0, 2 * np.pi, 49)[:-1]
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, y], axis=1)


# Loops that run one inside the other leave a hole; they must run in opposite directions.
_OUTLINES: dict[str, Callable[[], list[Loop]]] = {
    "circle": lambda: [_arc(0, 360)],
    "triangle": lambda: [_rays(1, 1, 1)],
    "cross": lambda: [_mirrored((0.3, 1), (0.3, 0.3), (1, 0.3), (1, -0.3), (0.3, -0.3), (0.3, -1))],
    "chevron": lambda: [_mirrored((0, 0.8), (1, -0.1), (1, -0.9), (0, 0))],
    "ellipse": lambda: [_arc(0, 360) * (1.4, 0.7)],
    "square": lambda: [_corners((-1, -1), (1, -1), (1, 1), (-1, 1))],
    "star": lambda: [_rays(*[1, 0.45] * 5)],
    "crescent": lambda: [np.concatenate([_arc(40, 320), _arc(295, 65, 0.71, (0.466, 0))])],
    "ring": lambda: [_arc(0, 360), _arc(360, 0, 0.6)],
    "pentagon": lambda: [_rays(1, 1, 1, 1, 1)],
    "arrow": lambda: [_mirrored((0, 1.1), (0.9, 0.1), (0.32, 0.1), (0.32, -1.1))],
    "drop": lambda: [np.concatenate([_arc(150, 390, 0.75, (0, -0.3)), _corners((0, 1.2))])],
    "dome": lambda: [_arc(0, 180)],
    "hourglass": lambda: [_mirrored((0.8, 1), (0.15, 0), (0.8, -1))],
    "heart": lambda: [_heart()],
    "horseshoe": lambda: [np.concatenate([_arc(-50, 230), _arc(230, -50, 0.5)])],
}
NAMES: tuple[str, ...] = tuple(_OUTLINES)


def sample(outline: IntArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Signed distance of points from outlines, negative inside, in units of the outline.

    Args:
        outline: Which of `NAMES`, int64 of shape (N,).
        x: Coordinates to the right of the outline's centre, shape (N, H, W).
        y: Coordinates upwards, shape (N, H, W).

    Returns:
        float32 of shape (N, H, W), exact to one cell of the table.

    Example:
        >>> origin = np.zeros((1, 1, 1), dtype=np.float32)
        >>> bool(sample(np.array([NAMES.index("ring")]), origin, origin) > 0)  # its hole is outside
        True
    """
    per_unit = _CELLS / (2 * _REACH)
    column = np.clip((x + _REACH) * per_unit, 0, _CELLS - 1).astype(np.int32)
    row = np.clip((y + _REACH) * per_unit, 0, _CELLS - 1).astype(np.int32)
    cell = row * _CELLS + column + (outline * _CELLS**2).astype(np.int32)[:, None, None]
    return np.asarray(np.take(_table(), cell))


@cache
def _table() -> FloatArray:
    """Signed distances of every outline at every cell centre, shape (outlines, cells, cells)."""
    axis = ((np.arange(_CELLS) + 0.5) * 2 / _CELLS - 1) * _REACH
    y, x = np.meshgrid(axis, axis, indexing="ij")
    return np.stack([_signed_distance(_normalised(build()), x, y) for build in _OUTLINES.values()])


def _normalised(loops: list[Loop]) -> list[Loop]:
    """Moves the centre of mass to the origin and scales the area to that of the unit disc."""
    starts = np.concatenate(loops)
    stops = np.concatenate([np.roll(loop, -1, axis=0) for loop in loops])
    twice = starts[:, 0] * stops[:, 1] - starts[:, 1] * stops[:, 0]
    area = twice.sum() / 2
    centre = ((starts + stops) * twice[:, None]).sum(axis=0) / (6 * area)
    return [(loop - centre) * np.sqrt(np.pi / abs(area)) for loop in loops]


def _signed_distance(loops: list[Loop], x: Loop, y: Loop) -> FloatArray:
    """Distance to the nearest edge; inside where a ray to the right crosses an odd number of edges."""
    nearest, is_inside = np.full(x.shape, np.inf), np.zeros(x.shape, dtype=bool)
    for loop in loops:
        for (x0, y0), (x1, y1) in zip(loop, np.roll(loop, -1, axis=0), strict=True):
            dx, dy = x1 - x0, y1 - y0
            along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy + 1e-12), 0, 1)
            nearest = np.minimum(nearest, (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2)
            if dy != 0:
                is_inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / dy * dx)
    distance = np.sqrt(nearest)
    return np.asarray(np.where(is_inside, -distance, distance), dtype=np.float32)
