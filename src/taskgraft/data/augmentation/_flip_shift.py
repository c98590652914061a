"""Augmentation of the modern recipes: mirror left to right at random, shift by a few pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from taskgraft.recipe import FlipShift


class FlipsAndShifts:
    """Draws and applies what a `FlipShift` allows.

    Args:
        spec: How far.
    """

    def __init__(self, spec: FlipShift) -> None:
        self._spec = spec

    def draw(self, num_images: int, image_shape: tuple[int, int, int], generator: torch.Generator) -> Tensor:
        """Draws a down shift, a right shift and a flip (0 or 1) for each image: int64 of shape (N, 3)."""
        del image_shape
        span = 2 * self._spec.max_shift + 1
        shifts = torch.randint(span, (num_images, 2), generator=generator) - self._spec.max_shift
        flips = torch.randint(2, (num_images, 1), generator=generator) * int(self._spec.flip)
        return torch.cat([shifts, flips], dim=1)

    def apply(self, images: Tensor, indices: Tensor, draws: Tensor) -> Tensor:
        """Gathers and augments a batch in one pass over its pixels.

        Args:
            images: All images, uint8 of shape (N, C, H, W).
            indices: Which of them make the batch, shape (B,).
            draws: What `draw` gave for them, shape (B, 3).

        Returns:
            uint8 of shape (B, C, H, W).
        """
        channels, height, width = images.shape[1:]
        down, right, flip = (column[:, None] for column in draws.unbind(1))
        rows = _reflect(torch.arange(height, device=images.device) - down, height)
        columns = torch.arange(width, device=images.device)
        columns = _reflect(torch.where(flip == 1, width - 1 - columns, columns) - right, width)
        channel = torch.arange(channels, device=images.device)
        return images[
            indices[:, None, None, None],
            channel[None, :, None, None],
            rows[:, None, :, None],
            columns[:, None, None, :],
        ]


def alternated(draws: Tensor, first: Tensor, epoch: int) -> Tensor:
    """Draws whose flips alternate from epoch to epoch.

    Args:
        draws: What `FlipShift.draw` gave, of shape (N, 3).
        first: For each image whether it is mirrored in epoch 0, 0 or 1, of shape (N,).
        epoch: Counted from 0.

    Example:
        >>> draws, first = torch.tensor([[1, -1, 1], [0, 2, 1]]), torch.tensor([0, 1])
        >>> [alternated(draws, first, epoch)[:, 2].tolist() for epoch in range(3)]
        [[0, 1], [1, 0], [0, 1]]
    """
    return torch.cat([draws[:, :2], ((first + epoch) % 2)[:, None]], dim=1)


def _reflect(position: Tensor, size: int) -> Tensor:
    """Positions off the image come back in, the border pixel counted once (`reflect` of NumPy's pad)."""
    return (size - 1) - ((size - 1) - position.abs()).abs()
