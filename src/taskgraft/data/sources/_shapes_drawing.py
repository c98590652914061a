"""Draws the pictures of `shapes`: a patterned glyph, its small companion, and what gets in the way.

What is random in a picture is drawn in a fixed order, independent of its classes. Two pictures from one
generator with different classes are therefore the same scene: they differ where the class shows, and
nowhere else.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.data.sources import _shapes_outlines as outlines
from taskgraft.data.sources._shapes_outlines import FloatArray
from taskgraft.taxonomy import IntArray

ByteArray = npt.NDArray[np.uint8]

SIDE = 32
SURFACES = ("plain", "striped", "dotted", "checked")
TONES = ("light", "dark")

_NUM_STROKES = 3
_TURN = 30  # most degrees the glyph leans; its companion and all else turn freely


def draw(family: IntArray, shape: IntArray, variant: IntArray | None, rng: np.random.Generator) -> ByteArray:
    """Draws one picture for each row of classes.

    Colours, places, sizes and turns, the strokes behind the glyph, the bar before it and the grain
    are random, and know nothing of the classes.

    Args:
        family: The glyph's surface, which of `SURFACES`, int64 of shape (N,).
        shape: The glyph's outline, which of `shapes_outlines.NAMES`, int64 of shape (N,).
        variant: Twice the outline of the companion plus which of `TONES` it has, int64 of shape
            (N,); with None the glyph stands alone.
        rng: Where all that is random comes from.

    Returns:
        uint8 of shape (N, 3, 32, 32).

    Example:
        >>> stars = np.full(5, outlines.NAMES.index("star"))
        >>> draw(np.zeros_like(stars), stars, None, np.random.default_rng(0)).shape
        (5, 3, 32, 32)
    """
    n = len(shape)
    lightness = rng.uniform(0.42, 0.58, n)
    image = _ground(rng, lightness)
    for _ in range(_NUM_STROKES):
        _paint(image, _colour(rng, lightness + rng.uniform(-0.35, 0.35, n)), _bar(rng, n, 20, 0.4, 1.1))
    angle = rng.uniform(0, 2 * np.pi, n)
    beside = np.stack([np.cos(angle), np.sin(angle)])
    place = rng.uniform(-2, 2, (2, n))
    _paint_glyph(rng, image, lightness, place - 3.5 * beside, family, shape)
    companion = rng.spawn(1)[0]  # its own numbers, so that the rest is the same without it
    if variant is not None:
        _paint_companion(companion, image, place + 8.5 * beside, variant)
    _paint(image, _colour(rng, lightness + rng.uniform(-0.3, 0.3, n)), _bar(rng, n, 7, -1, 4))
    return _photograph(rng, image)


def _paint_glyph(
    rng: np.random.Generator,
    image: FloatArray,
    lightness: np.ndarray,
    place: np.ndarray,
    family: IntArray,
    shape: IntArray,
) -> None:
    """Paints a glyph in one colour and its pattern in a lighter or darker one, from faint to plain."""
    n = len(shape)
    contrast, depth = rng.uniform(0.1, 0.4, n), rng.uniform(0.15, 0.45, n)
    colour = _colour(rng, lightness + rng.choice([-1, 1], n) * contrast)
    size = rng.uniform(6.2, 7.8, n)
    inside = _coverage(*_points(rng, n, place, size, _TURN), shape, size)
    _paint(image, colour, inside)
    _paint(image, colour + _column(rng.choice([-1, 1], n) * depth, 2), inside * _pattern(rng, family))


def _pattern(rng: np.random.Generator, family: IntArray) -> FloatArray:
    """Share of the second colour at each pixel, shape (N, H, W); it is as fine on any glyph."""
    n = len(family)
    x, y = _points(rng, n, rng.uniform(-4, 4, (2, n)), rng.uniform(4.8, 6.4, n))
    # Waves from -1 to 1 that rise and fall in straight lines: exact arithmetic on any processor.
    x, y = (4 * np.abs(wave - np.rint(wave)) - 1 for wave in (x, y))
    plain, dots = np.full_like(x, -1), 0.6 - ((x + 1) ** 2 + (y + 1) ** 2) / 2
    height = np.stack([plain, x, dots, x * y])[family, np.arange(n)]
    return np.clip(np.float32(0.5) + 2 * height, 0, 1)


def _paint_companion(
    rng: np.random.Generator, image: FloatArray, place: np.ndarray, variant: IntArray
) -> None:
    n = len(variant)
    outline, tone = np.divmod(variant, len(TONES))
    size = rng.uniform(3.2, 4.0, n)
    inside = _coverage(*_points(rng, n, place, size), outline, size)
    _paint(image, _colour(rng, np.where(tone == TONES.index("light"), 0.93, 0.07), 0.05), inside)


def _colour(rng: np.random.Generator, lightness: np.ndarray, chroma: float = 0.18) -> FloatArray:
    """Colours of a given mean over red, green and blue, in any hue: shape (N, 3)."""
    hue = rng.uniform(0, 2 * np.pi, len(lightness))[:, None] + np.arange(3) * 2 * np.pi / 3
    strength = rng.uniform(0, chroma, len(lightness))[:, None]
    return (lightness[:, None] + strength * np.cos(hue)).astype(np.float32)


def _paint(image: FloatArray, colour: FloatArray, coverage: FloatArray) -> None:
    """Lays a colour over the part of each picture that is covered, in place."""
    image += coverage[:, None] * (colour[:, :, None, None] - image)


def _ground(rng: np.random.Generator, lightness: np.ndarray) -> FloatArray:
    """A soft gradient between two colours in any direction: shape (N, 3, H, W)."""
    n = len(lightness)
    x, _ = _points(rng, n, np.zeros((2, n)), np.full(n, SIDE * np.sqrt(2)))
    ends = [_colour(rng, lightness + rng.uniform(-0.08, 0.08, n)) for _ in range(2)]
    image = np.broadcast_to(ends[0][:, :, None, None], (n, 3, SIDE, SIDE)).copy()
    _paint(image, ends[1], x + np.float32(0.5))
    return image


def _points(
    rng: np.random.Generator,
    n: int,
    place: np.ndarray,
    size: np.ndarray,
    most: float = 180,
) -> tuple[FloatArray, FloatArray]:
    """Where each pixel lies as seen from a thing at a place, of a size, turned at most so many degrees.

    Returns:
        Coordinates to the right and upwards, in units of the thing's size, each of shape (N, H, W).
    """
    turn = np.radians(rng.uniform(-most, most, n))
    across, up = _column(np.cos(turn) / size, 3), _column(np.sin(turn) / size, 3)
    centre = place.astype(np.float32)[:, :, None, None]
    pixel = np.arange(SIDE, dtype=np.float32) - np.float32((SIDE - 1) / 2)
    x, y = pixel - centre[0], -pixel[:, None] - centre[1]
    return x * across + y * up, y * across - x * up


def _coverage(x: FloatArray, y: FloatArray, outline: IntArray, size: np.ndarray) -> FloatArray:
    """Share of each pixel inside an outline, shape (N, H, W)."""
    pixels = outlines.sample(outline, x, y) * _column(size, 3)
    return np.asarray(np.clip(np.float32(0.5) - pixels, 0, 1))


def _bar(rng: np.random.Generator, n: int, spread: float, least: float, most: float) -> FloatArray:
    """A bar with round ends near the centre: its coverage, shape (N, H, W).

    Args:
        rng: Where its place, turn, length and width come from.
        n: Number of pictures.
        spread: Side of the square its middle lies in, in pixels.
        least: Least half width, in pixels.
        most: Greatest half width.
    """
    x, y = _points(rng, n, rng.uniform(-spread / 2, spread / 2, (2, n)), np.ones(n))
    length, width = _column(rng.uniform(4, 12, n), 3), _column(rng.uniform(least, most, n), 3)
    beyond = np.maximum(np.abs(x) - length, 0)
    return np.asarray(np.clip(np.float32(0.5) + width - np.sqrt(beyond**2 + y**2), 0, 1))


def _photograph(rng: np.random.Generator, image: FloatArray) -> ByteArray:
    """Exposes and develops a scene: contrast, brightness, grain and rounding to bytes."""
    n = len(image)
    gain, offset, grain = rng.uniform(0.7, 1.1, n), rng.uniform(-0.1, 0.1, n), rng.uniform(0.04, 0.14, n)
    image = (image - np.float32(0.5)) * _column(gain, 4) + _column(0.5 + offset, 4)
    image += rng.standard_normal(image.shape, dtype=np.float32) * _column(grain, 4)
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _column(values: np.ndarray, num_axes: int) -> FloatArray:
    """One number for each picture, shaped to meet arrays of more axes."""
    return values.astype(np.float32).reshape(-1, *[1] * (num_axes - 1))
