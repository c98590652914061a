"""Pictures in a grid, each with lines of text below it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from taskgraft.data._sheet_drawing import PAPER, tile, write

_SIDE, _GAP, _NUM_COLUMNS = 160, 12, 4
_LETTERS, _LINE_HEIGHT = 13, 18
_INKS = ("#1d1f24", "#7a7f8a")


def captioned(images: npt.NDArray[np.uint8], captions: Sequence[Sequence[str]]) -> Image.Image:
    """Draws pictures in rows of four, each above its lines; the first line stands out.

    Args:
        images: uint8 of shape (N, C, H, W), of which the first three channels are red, green, blue.
        captions: The lines of each; names from anywhere are drawn on one line and cut.

    Returns:
        An RGB picture.

    Example:
        >>> captioned(np.zeros((5, 3, 8, 8), np.uint8), [["circle", "read as ring"]] * 5).size
        (700, 428)
    """
    num_lines = max(map(len, captions), default=0)
    width, height = _SIDE + _GAP, _SIDE + num_lines * _LINE_HEIGHT + _GAP
    num_rows = -(-len(images) // _NUM_COLUMNS)
    sheet = Image.new("RGB", (_GAP + _NUM_COLUMNS * width, _GAP + num_rows * height), PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (image, lines) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(number, _NUM_COLUMNS)
        x, y = _GAP + column * width, _GAP + row * height
        sheet.paste(tile(image, _SIDE), (x, y))
        for line, text in enumerate(lines):
            baseline = y + _SIDE + (line + 1) * _LINE_HEIGHT - 4
            write(draw, (x, baseline), text, _LETTERS, _INKS[min(line, 1)], _SIDE)
    return sheet
