"""What varies the training images of a recipe."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from taskgraft.data.augmentation._affine import AffineMaps
from taskgraft.data.augmentation._crop import Crops
from taskgraft.data.augmentation._flip_shift import FlipsAndShifts
from taskgraft.recipe import Affine, Crop, FlipShift


class Augmenter(Protocol):
    """Draws how images vary, then gathers and varies a batch of them."""

    def draw(self, num_images: int, image_shape: tuple[int, int, int], generator: torch.Generator) -> Tensor:
        """One row of draws for each image: shape (N, ...)."""

    def apply(self, images: Tensor, indices: Tensor, draws: Tensor) -> Tensor:
        """The images at these indices of all images (N, C, H, W), varied by their draws."""


def augmenter(spec: Affine | Crop | FlipShift, shape: tuple[int, int] | None = None) -> Augmenter:
    """What varies images as a recipe says.

    Args:
        spec: How.
        shape: Height and width of what a `Crop` gives; None for those of the images it is given.
    """
    if isinstance(spec, Crop):
        return Crops(spec, shape)
    return AffineMaps(spec) if isinstance(spec, Affine) else FlipsAndShifts(spec)
