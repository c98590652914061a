"""Small pictures, and stores of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from drawn_pictures import saved
from taskgraft.data.store import ImageStore, build_store


def pixels(seed: int, height: int = 20, width: int = 24, channels: int = 3) -> np.ndarray:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def png(array: np.ndarray) -> bytes:
    return saved(Image.fromarray(array), "PNG")


def build(pictures: Sequence[Path | bytes], cache: Path, **options: object) -> ImageStore:
    names = [picture.name if isinstance(picture, Path) else "bytes" for picture in pictures]
    return build_store(pictures, names, cache=cache, **options)


def files(cache: Path, ending: str) -> list[Path]:
    return sorted(cache.glob(f"*{ending}"))
