"""Small picture files for the tests of folders, tables and hub datasets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def write_picture(path: Path, seed: int, size: tuple[int, int] = (32, 32), grey: bool = False) -> None:
    """A picture of noise, in the format its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    shape = (height, width) if grey else (height, width, 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path)
