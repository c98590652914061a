"""Coloured pictures in folders, of other sizes than any model takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 16
FOLDERS = [("warm", "red"), ("warm", "yellow"), ("cold", "blue"), ("cold", "green")]


def write_pictures(root: Path, paths: list[tuple[str, ...]], num_images: int, seed: int = 0) -> Path:
    """Noisy pictures of a colour for each path of folders, of other sizes than any model takes."""
    rng = np.random.default_rng(seed)
    for number, path in enumerate(paths):
        folder = root.joinpath(*path)
        folder.mkdir(parents=True, exist_ok=True)
        colour = np.array([(number * 67) % 256, (number * 131) % 256, (number * 29) % 256])
        for k in range(num_images):
            pixels = np.clip(colour + rng.normal(0, 40, (20, 24, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{k}.png")
    return root
