"""Images that a caller passes as pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from taskgraft.errors import RequestError


def check_images(images: Any, image_shape: tuple[int, int, int]) -> None:
    """Refuses what are no pixels of a shape.

    Args:
        images: uint8 of shape (N, C, H, W).
        image_shape: Channels, height and width.

    Raises:
        RequestError: If they are something else.
    """
    is_array = isinstance(images, np.ndarray)
    if is_array and images.dtype == np.uint8 and images.shape[1:] == image_shape:
        return
    got = f"{images.dtype} of shape {images.shape}" if is_array else type(images).__name__
    shape = ", ".join(map(str, ("N", *image_shape)))
    raise RequestError.expected(
        "images", f"a uint8 array of shape ({shape})", got, "Resize and convert them first."
    )
