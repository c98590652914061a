"""Mixup and cutmix: each image of a batch blended with another one, or a part of that put over it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from scipy.special import betaincinv
from torch import Tensor

from taskgraft.recipe import Augmentation


class Mixed(NamedTuple):
    """A batch whose images were mixed: image i with image B - 1 - i.

    Attributes:
        images: float32 of shape (B, C, H, W).
        shares: What of each is its first image, from 0 to 1; the rest is its partner: shape (B,).
    """

    images: Tensor
    shares: Tensor


class Mixing:
    """Draws how images are mixed, and mixes a batch of them.

    Mixup (Zhang et al., 2018) adds two images by a share, cutmix (Yun et al., 2019) puts a part of one over
    the other. The share is drawn for each image. A batch comes in random order, and each image is mixed with
    the one that stands as far from the end as it does from the start.

    Args:
        spec: How much of both.
    """

    def __init__(self, spec: Augmentation) -> None:
        self._spec = spec

    def draw(self, num_images: int, generator: torch.Generator) -> Tensor:
        """Share, whether cut, and centre of the cut part (x, y) of each image: float32 of shape (N, 4)."""
        spec = self._spec
        unit = torch.rand(num_images, 5, generator=generator, dtype=torch.float64)
        # Evenly, where both are wanted.
        is_cut = unit[:, 1] < 0.5 * ((spec.cutmix_alpha > 0) + (spec.mixup_alpha == 0))
        alpha = torch.where(is_cut, spec.cutmix_alpha, spec.mixup_alpha).numpy()
        drawn = torch.from_numpy(betaincinv(alpha, alpha, unit[:, 2].numpy()))
        share = torch.where(unit[:, 0] < spec.mix_probability, drawn, 1.0)
        return torch.cat([share[:, None], is_cut[:, None].double(), unit[:, 3:]], dim=1).float()

    def apply(self, images: Tensor, draws: Tensor, partners: Tensor | None = None) -> Mixed:
        """Mixes a batch, or some of its rows.

        Args:
            images: Shape (B, C, H, W), 0 to 255.
            draws: What `draw` gave for them, shape (B, 4).
            partners: What each is mixed with, of the same shape; None where the images are a whole batch.
        """
        batch = images.float()
        is_cut = draws[:, 1].bool()
        kept = draws[:, 0][:, None, None, None]
        if self._spec.cutmix_alpha:
            is_row, is_column = _parts(draws, batch.shape[2], batch.shape[3])
            outside = ~(is_row[:, :, None] & is_column[:, None, :])
            kept = torch.where(is_cut[:, None, None, None], outside[:, None], kept)
        partners = batch.flip(0) if partners is None else partners.float()
        return Mixed(torch.lerp(partners, batch, kept), self.shares(draws, batch.shape[2], batch.shape[3]))

    def shares(self, draws: Tensor, height: int, width: int) -> Tensor:
        """What of each image is itself once it is mixed: shape (B,).

        Args:
            draws: What `draw` gave for them, shape (B, 4).
            height: Of the images, in pixels.
            width: Likewise.
        """
        if not self._spec.cutmix_alpha:
            return draws[:, 0]
        is_row, is_column = _parts(draws, height, width)
        # A part ends at the border, and at whole pixels: what is left of the image says its share.
        num_outside = height * width - is_row.sum(1) * is_column.sum(1)
        return torch.where(draws[:, 1].bool(), num_outside.float() / (height * width), draws[:, 0])


def _parts(draws: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """The rows and columns in which each image is covered, of its shape about a drawn centre.

    Returns:
        bool of shapes (B, H) and (B, W).
    """
    half = (1 - draws[:, :1]).sqrt() / 2
    is_column, is_row = (
        ((torch.arange(side, device=draws.device) + 0.5) / side - centre).abs() < half
        for side, centre in ((width, draws[:, 2:3]), (height, draws[:, 3:]))
    )
    return is_row, is_column
