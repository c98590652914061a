"""Augmentation for photographs: random parts at full size, mirrored, colours varied, parts erased."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from taskgraft.data.augmentation._operations import grey_of, hued
from taskgraft.data.augmentation._policy import Policy
from taskgraft.recipe import Crop

# Area and sides of an erased part (Zhong et al., 2020).
_ERASED_AREA, _ERASED_ASPECT = (0.02, 1 / 3), 10 / 3


class Draws(NamedTuple):
    """What is drawn for each image, columns of a tensor (N, 12 or more).

    What a recipe began to vary later stands behind: so the draws of the others are what they were.

    Attributes:
        shown: Left, top, width and height of the part shown, as shares of the sides: shape (N, 4).
        is_flipped: 0 or 1, shape (N, 1).
        colours: Factors of brightness, contrast and saturation, shape (N, 3).
        erased: Left, top, width and height of the erased part; no width for none: shape (N, 4).
        operations: What a `Policy` draws; shape (N, 0) without one.
        hue: By how many turns hues change, shape (N, 1); (N, 0) where they do not.
    """

    shown: Tensor
    is_flipped: Tensor
    colours: Tensor
    erased: Tensor
    operations: Tensor
    hue: Tensor

    @classmethod
    def of(cls, columns: Tensor, spec: Crop) -> Draws:
        """The columns by name."""
        end = columns.shape[1] - (spec.hue > 0)
        return cls(*columns.tensor_split((4, 5, 8, 12, end), dim=1))


class Crops:
    """Draws and applies what a `Crop` allows, a batch at a time.

    Args:
        spec: How far.
        shape: Height and width of what comes out; None for those of the images that parts are cut from.
    """

    def __init__(self, spec: Crop, shape: tuple[int, int] | None = None) -> None:
        self._spec, self._shape = spec, shape
        self._policy = None if spec.policy == "none" else Policy(spec)

    def draw(self, num_images: int, image_shape: tuple[int, int, int], generator: torch.Generator) -> Tensor:
        """Draws for each image what `Draws` names: float32 of shape (N, 12 or more)."""
        del image_shape
        spec = self._spec
        unit = torch.rand(num_images, 13, generator=generator, dtype=torch.float64)
        shown = _parts(unit[:, :4], (spec.min_area_ratio, 1.0), spec.max_aspect_ratio)
        is_flipped = (unit[:, 4:5] < 0.5) & spec.flip
        ranges = unit.new_tensor([spec.brightness, spec.contrast, spec.saturation])
        colours = 1 + ranges * (2 * unit[:, 5:8] - 1)
        erased = _parts(unit[:, 8:12], _ERASED_AREA, _ERASED_ASPECT) * (unit[:, 12:] < spec.erase_probability)
        columns = [torch.cat([shown, is_flipped.double(), colours, erased], dim=1).float()]
        if self._policy is not None:
            columns.append(self._policy.draw(num_images, generator))
        if spec.hue:
            unit = torch.rand(num_images, 1, generator=generator, dtype=torch.float64)
            columns.append((spec.hue * (2 * unit - 1)).float())
        return torch.cat(columns, dim=1)

    def apply(self, images: Tensor, indices: Tensor, draws: Tensor) -> Tensor:
        """Gathers and augments a batch.

        Args:
            images: All images, uint8 of shape (N, C, H, W).
            indices: Which of them make the batch, shape (B,).
            draws: What `draw` gave for them, shape (B, 12 or more).

        Returns:
            float32 of shape (B, C, H, W), or of the height and width wanted; still 0 to 255.
        """
        chosen = Draws.of(draws, self._spec)
        maps = _maps(chosen.shown, chosen.is_flipped)
        if self._policy is not None:
            # Moved by the same map: nothing is interpolated twice.
            maps = maps @ self._policy.maps(chosen.operations, *images.shape[2:])
        batch = _shown(images[indices].float(), maps, self._shape)
        if self._policy is not None:
            batch = self._policy.apply(batch, chosen.operations)
        if self._spec.brightness or self._spec.contrast or self._spec.saturation:
            batch = _coloured(batch, chosen.colours)
        if self._spec.hue:
            batch = hued(batch, chosen.hue[:, 0])
        return _erased(batch, chosen.erased) if self._spec.erase_probability else batch


def _parts(unit: Tensor, areas: tuple[float, float], max_aspect: float) -> Tensor:
    """Parts of an image: left, top, width and height as shares of its sides, shape (N, 4).

    Args:
        unit: Drawn from 0 to 1, for area, aspect, left and top: shape (N, 4).
        areas: Smallest and largest share of the area.
        max_aspect: Largest ratio of the sides; one that would reach beyond the image ends at its border.
    """
    area = areas[0] + (areas[1] - areas[0]) * unit[:, :1]
    aspect = torch.exp((2 * unit[:, 1:2] - 1) * math.log(max_aspect))
    sides = torch.cat([(area * aspect).sqrt(), (area / aspect).sqrt()], dim=1).clamp(max=1)
    return torch.cat([unit[:, 2:] * (1 - sides), sides], dim=1)


def _maps(shown: Tensor, is_flipped: Tensor) -> Tensor:
    """From where a pixel is shown to where it is looked up, in half-sides from the centre: (B, 2, 3)."""
    centres, sides = 2 * shown[:, :2] + shown[:, 2:] - 1, shown[:, 2:]
    maps = torch.cat([torch.diag_embed(sides), centres[:, :, None]], dim=2)
    maps[:, 0, 0] *= 1 - 2 * is_flipped[:, 0]
    return maps


def _shown(batch: Tensor, maps: Tensor, shape: tuple[int, int] | None) -> Tensor:
    """Parts of images (B, C, H, W), bilinear, at their size or another; the border goes on beyond them."""
    grid = F.affine_grid(maps, [*batch.shape[:2], *(shape or batch.shape[2:])], align_corners=False)
    return F.grid_sample(batch, grid, padding_mode="border", align_corners=False)


def _coloured(batch: Tensor, factors: Tensor) -> Tensor:
    """Images (B, C, H, W) in another brightness, then contrast, then saturation, cut to 0 to 255.

    Contrast moves pixels from the mean grey of an image, saturation from their grey. Grey is linear in the
    colours, so that all three are one sum.
    """
    grey = grey_of(batch)
    mean = grey.mean(dim=(2, 3), keepdim=True)
    brightness, contrast, saturation = factors[:, :, None, None, None].unbind(1)
    coloured = batch * (brightness * contrast * saturation)
    coloured += grey * (brightness * contrast * (1 - saturation)) + mean * (brightness * (1 - contrast))
    return coloured.clamp_(0, 255)


def _erased(batch: Tensor, erased: Tensor) -> Tensor:
    """Images (B, C, H, W), which are written to, of which a part has the mean colour."""
    height, width = batch.shape[2:]
    # Most images have no such part.
    erasing = (erased[:, 2] > 0).nonzero()[:, 0]
    left, top, across, down = erased[erasing, :, None].unbind(1)
    columns, rows = ((torch.arange(side, device=batch.device) + 0.5) / side for side in (width, height))
    is_column = (columns >= left) & (columns < left + across)
    is_row = (rows >= top) & (rows < top + down)
    is_erased = is_row[:, None, :, None] & is_column[:, None, None, :]
    mean = batch.mean(dim=(2, 3), keepdim=True)
    batch[erasing] = torch.where(is_erased, mean[erasing], batch[erasing])
    return batch
