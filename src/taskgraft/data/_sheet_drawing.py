"""Images and lines of text on a contact sheet."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

PAPER = "#ffffff"
_MOST_LETTERS = 200


def tile(image: npt.NDArray[np.uint8], side: int) -> Image.Image:
    """One image (C, H, W) centred on a square of the page."""
    channels = image if len(image) >= 3 else image[:1].repeat(3, axis=0)
    picture = Image.fromarray(np.ascontiguousarray(channels[:3].transpose(1, 2, 0)))
    longest = max(picture.size)
    if longest <= side:
        picture = picture.resize([n * (side // longest) for n in picture.size], Image.Resampling.NEAREST)
    else:
        picture.thumbnail((side, side), Image.Resampling.BOX)
    tile = Image.new("RGB", (side, side), PAPER)
    tile.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return tile


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    size: int,
    colour: str,
    width: int,
    anchor: str = "ls",
) -> int:
    """Writes a line of text, cut to a width in pixels; returns where it ends.

    Names come from anywhere: what cannot be printed, newlines included, becomes a dot.
    """
    text = _printable(text)
    if text and length(text, size) > width:
        while text and length(text + "…", size) > width:
            text = text[:-1]
        text += "…"
    draw.text(at, text, colour, ImageFont.load_default(size), anchor)
    return at[0] + length(text, size)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "·" for letter in text[:_MOST_LETTERS])


def length(text: str, size: int) -> int:
    """Width of a line of text in pixels."""
    return round(ImageFont.load_default(size).getlength(text))
