"""Where the names of points stand, so that none covers another, a point or a whisker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

_LETTER, _HEIGHT = 6.2, 13.0
# From a point to its name: beside it, or past the whiskers of the points beside it.
_GAPS = (8.0, 22.0, 40.0, 60.0)
# Steps up and down that are tried, nearest first, in pixels.
_STEPS = tuple(sign * step * 7.0 for step in range(24) for sign in ((1, -1) if step else (1,)))
# How far off a place is, and the way to it; a name left of its point is only a second choice.
_SHIFTS = sorted(
    (abs(y) + gap - _GAPS[0] + (3 if is_left else 0), -gap if is_left else gap, y, is_left)
    for y, gap, is_left in product(_STEPS, _GAPS, (False, True))
)
_DISTANCE, _X, _Y = (np.array([shift[part] for shift in _SHIFTS]) for part in range(3))
_IS_LEFT = np.array([shift[3] for shift in _SHIFTS])


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Label:
    """A placed name.

    Attributes:
        x: Where its text begins, or ends when `is_left`.
        y: The middle of its line.
        is_left: Whether it stands left of its point.
    """

    x: float
    y: float
    is_left: bool


def place_labels(
    names: Sequence[str], points: Sequence[tuple[float, float]], marks: Sequence[Box], frame: Box
) -> list[Label]:
    """Finds a place for each name, beside its point where there is room.

    Names are placed one after the other; each takes the nearest place that covers nothing, or the one that
    covers least. Of several orders in which to place them, the one that ends best counts.

    Args:
        names: As they are written.
        points: Where each belongs, in pixels.
        marks: What no name may cover: points and whiskers.
        frame: What no name may leave.
    """
    orders: list[list[int]] = [
        sorted(range(len(names)), key=lambda i: sign * points[i][axis]) for axis in (1, 0) for sign in (-1, 1)
    ]
    attempts = (_placed(order, names, points, marks, frame) for order in orders)
    _, best = min(attempts, key=lambda attempt: attempt[0])
    return [best[i] for i in range(len(names))]


def _placed(
    order: Sequence[int],
    names: Sequence[str],
    points: Sequence[tuple[float, float]],
    marks: Sequence[Box],
    frame: Box,
) -> tuple[float, dict[int, Label]]:
    """The labels found in one order, and how displeasing they are."""
    taken, labels, total = list(marks), {}, 0.0
    for i in order:
        width = _LETTER * len(names[i])
        displeasure, labels[i] = _best(points[i], width, taken, frame)
        total += displeasure
        taken.append(_box(labels[i], width))
    return total, labels


def _best(point: tuple[float, float], width: float, taken: Sequence[Box], frame: Box) -> tuple[float, Label]:
    """The least displeasing place; covered pixels weigh more than any distance, and of equals the nearest."""
    lefts = point[0] + _X - np.where(_IS_LEFT, width, 0.0)
    tops = point[1] + _Y - _HEIGHT / 2
    rights, bottoms = lefts + width, tops + _HEIGHT

    def covered(box: Box) -> npt.NDArray[np.float64]:
        across = np.minimum(rights, box.right) - np.maximum(lefts, box.left)
        along = np.minimum(bottoms, box.bottom) - np.maximum(tops, box.top)
        area: npt.NDArray[np.float64] = np.maximum(across, 0.0) * np.maximum(along, 0.0)
        return area

    outside = (rights - lefts) * (bottoms - tops) - covered(frame)
    displeasure = _DISTANCE + 100 * (sum(map(covered, taken)) + 2 * outside)
    best = int(displeasure.argmin())
    x, y = point[0] + _X[best], point[1] + _Y[best]
    return float(displeasure[best]), Label(float(x), float(y), bool(_IS_LEFT[best]))


def _box(label: Label, width: float) -> Box:
    left = label.x - width if label.is_left else label.x
    return Box(left, label.y - _HEIGHT / 2, left + width, label.y + _HEIGHT / 2)
