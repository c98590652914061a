"""Images that grow while a network trains: small and cheap first, full size at the end."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F


def side_ratio(growth: Sequence[float], step: int, num_steps: int) -> float:
    """Share of the full side at a step: each of `growth` holds for an equal part of the steps; 1 if empty.

    Example:
        >>> [side_ratio((0.5, 1.0), step, 4) for step in range(4)]
        [0.5, 0.5, 1.0, 1.0]
    """
    return growth[step * len(growth) // num_steps] if growth else 1.0


def scaled_shape(image_shape: tuple[int, int, int], ratio: float) -> tuple[int, int, int]:
    """Channels, height and width of images shrunk to a share of their sides, at least one pixel."""
    channels, height, width = image_shape
    return channels, max(1, round(height * ratio)), max(1, round(width * ratio))


def shrink(images: Tensor, ratio: float) -> Tensor:
    """Images of shape (B, C, H, W) shrunk to a share of their sides, bilinear with antialiasing."""
    if ratio == 1:
        return images
    _, height, width = scaled_shape(tuple(images.shape[1:]), ratio)  # type: ignore[arg-type]
    return F.interpolate(images, size=(height, width), mode="bilinear", antialias=True)
