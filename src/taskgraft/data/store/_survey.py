"""What shape the images of a store are to have, from what the pictures say of themselves."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import numpy as np

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.pictures import Header, Picture, in_order, read_header

SMALLEST, LARGEST = 16, 512
# Larger ones are trained on by choice, for a step costs as much more as they have pixels.
_LARGEST_KEPT = 224
_USUAL, _USUAL_FOR_SMALL = 64, 32


@dataclass(frozen=True)
class Layout:
    """Shape of every image of a store.

    Attributes:
        num_channels: 1 for grey, 3 for RGB.
        height: In pixels.
        width: In pixels.
    """

    num_channels: Literal[1, 3]
    height: int
    width: int


def check_size(size: int | None) -> None:
    """Refuses a size no trunk is made for.

    Args:
        size: Pixels a side, or None for what suits the pictures.

    Raises:
        RequestError: If it is out of its range.

    Example:
        >>> check_size(64)
    """
    if size is not None and not (isinstance(size, int | np.integer) and SMALLEST <= size <= LARGEST):
        raise RequestError.expected(
            Parameter("size"), f"from {SMALLEST} to {LARGEST} pixels", size, f"Pass {Parameter('size', 64)}."
        )


def survey(pictures: Sequence[Picture], size: int | None = None) -> Layout:
    """Reads the headers of pictures and settles the one shape they are brought to.

    Args:
        pictures: Paths or contents; unreadable ones do not count.
        size: Pixels a side; None keeps a shape that all share, of 16 to 224 pixels a side, and gives 64
            otherwise, or 32 where half the pictures or more are smaller than 64.

    Example:
        >>> survey([b"not a picture"])
        Layout(num_channels=3, height=64, width=64)
    """
    shapes: dict[tuple[int, int], int] = {}
    is_grey = True
    with closing(in_order(_header, pictures)) as headers:
        for header in headers:
            if not isinstance(header, Header):
                continue
            is_grey = is_grey and header.is_grey
            if size is not None and not is_grey:
                break  # the others can change nothing
            shape = header.height, header.width
            shapes[shape] = shapes.get(shape, 0) + 1
    height, width = _shape(shapes) if size is None else (size, size)
    return Layout(1 if is_grey and shapes else 3, height, width)


def _header(picture: Picture) -> object:
    return read_header(picture, "")


def _shape(counts: dict[tuple[int, int], int]) -> tuple[int, int]:
    if len(counts) == 1:
        (shape,) = counts
        if min(shape) >= SMALLEST and max(shape) <= _LARGEST_KEPT:
            return shape
    shorter_sides = [min(shape) for shape, count in counts.items() for _ in range(count)]
    is_small = bool(shorter_sides) and statistics.median(shorter_sides) < _USUAL
    return (_USUAL_FOR_SMALL,) * 2 if is_small else (_USUAL,) * 2
