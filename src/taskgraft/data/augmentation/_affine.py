"""Augmentation of the posing project: one random affine map an image, as Keras draws and applies it."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from taskgraft.recipe import Affine


class AffineMaps:
    """Draws and applies the maps of an `Affine`.

    Args:
        spec: How far.
    """

    def __init__(self, spec: Affine) -> None:
        self._spec = spec

    def draw(self, num_images: int, image_shape: tuple[int, int, int], generator: torch.Generator) -> Tensor:
        """Draws the maps from output to input pixel offsets, (x, y): float32 of shape (N, 2, 3)."""
        _, height, width = image_shape
        unit = torch.rand(num_images, 6, generator=generator, dtype=torch.float64)
        angle, right, down, shear = (2 * unit[:, :4] - 1).unbind(1)
        low, high = self._spec.zoom_range
        zoom = low + (high - low) * unit[:, 4:]
        turned = _rotation(angle * math.radians(self._spec.rotation_degrees))
        shift = torch.stack(
            [right * self._spec.shift_ratio * width, down * self._spec.shift_ratio * height], dim=1
        )
        sheared = turned @ _shear(shear * math.radians(self._spec.shear_degrees))
        offset = turned @ shift[:, :, None]
        return torch.cat([sheared * zoom[:, None, :], offset], dim=2).float()

    def apply(self, images: Tensor, indices: Tensor, draws: Tensor) -> Tensor:
        """Gathers and augments a batch.

        Args:
            images: All images, uint8 of shape (N, C, H, W).
            indices: Which of them make the batch, shape (B,).
            draws: What `draw` gave for them, shape (B, 2, 3).

        Returns:
            float32 of shape (B, C, H, W), still 0 to 255.
        """
        batch = images[indices].float()
        height, width = batch.shape[2:]
        # grid_sample measures offsets in half-sides.
        sides = torch.tensor([width / 2, height / 2], device=draws.device)
        rescaled = draws * torch.cat([sides, sides.new_ones(1)]) / sides[:, None]
        grid = F.affine_grid(rescaled, list(batch.shape), align_corners=False)
        return F.grid_sample(batch, grid, padding_mode="reflection", align_corners=False)


def _rotation(radians: Tensor) -> Tensor:
    cos, sin = radians.cos(), radians.sin()
    return torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)


def _shear(radians: Tensor) -> Tensor:
    cos, sin = radians.cos(), radians.sin()
    one, zero = torch.ones_like(cos), torch.zeros_like(cos)
    return torch.stack([torch.stack([one, -sin], 1), torch.stack([zero, cos], 1)], 1)
