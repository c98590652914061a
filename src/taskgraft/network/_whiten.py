"""A frozen first convolution that decorrelates small patches of pixels, computed instead of trained."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Keeps directions in which natural images hardly vary from being blown up into noise.
_FLOOR = 5e-4
_AT_ONCE = 100
_SIDE = 2


class WhitenedStem(nn.Conv2d):
    """A first convolution, 2x2 without padding, whose filters are computed from the train images and frozen.

    The filters are the eigenvectors of the patches' covariance, each divided by the root of its
    eigenvalue, and their negatives, so that the activation that follows loses neither sign
    (Page, "How to train your ResNet", 2019; Jordan, "94 % on CIFAR-10 in 3.29 seconds", 2024).

    Args:
        num_channels: Channels of the images.
    """

    def __init__(self, num_channels: int) -> None:
        super().__init__(num_channels, whitened_width(num_channels), _SIDE)
        self.weight.requires_grad_(False)

    @torch.no_grad()
    def whiten(self, pixels: Tensor) -> None:
        """Sets the filters, in place.

        Args:
            pixels: Of a thousand train images or so, f32 of shape (N, C, H, W), mean about zero.
        """
        filters = whitening_filters(pixels, _SIDE)
        self.weight.copy_(torch.cat([filters, -filters]))


def whitened_width(num_channels: int) -> int:
    """How many filters a whitened stem has: each direction that a patch can vary in, and its negative."""
    return 2 * num_channels * _SIDE**2


def whitening_filters(pixels: Tensor, size: int) -> Tensor:
    """Filters whose answers to patches of the pixels have no correlation and unit variance.

    Args:
        pixels: f32 of shape (N, C, H, W), mean about zero.
        size: Side k of a patch.

    Returns:
        Shape (C x k x k, C, k, k), the direction of most variance first.
    """
    channels = pixels.shape[1]
    covariance, num_patches = torch.zeros(channels * size**2, channels * size**2, dtype=torch.float64), 0
    # In f64 patches are many times as large as the images they are of.
    for few in torch.split(pixels, _AT_ONCE):
        patches = few.unfold(2, size, 1).unfold(3, size, 1).permute(0, 2, 3, 1, 4, 5)
        flat = patches.reshape(-1, channels * size * size).double()
        covariance += flat.T @ flat
        num_patches += len(flat)
    variances, directions = torch.linalg.eigh(covariance / num_patches)
    # An eigenvector's sign is arbitrary, and its negative is taken too: the pair is the same up to order,
    # which is fixed by making the largest entry positive, so that every machine takes the same.
    largest = directions.abs().argmax(dim=0)
    directions = directions * directions.gather(0, largest[None]).sign()
    filters: Tensor = (directions / (variances + _FLOOR).sqrt()).T.flip(0)
    return filters.reshape(-1, channels, size, size).float()
