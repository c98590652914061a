"""What TrivialAugment and RandAugment do to images: each operation on a batch, a strength for each image.

Batches are float32 (N, C, H, W), 0 to 255. The colour operations are those of Pillow, without its rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

# Of ITU-R BT.601, as everyone turns colours into grey.
_GREY = (0.299, 0.587, 0.114)
# What lies beyond the border of an image that was moved.
_BEYOND = 128.0
_LEVELS = 256


def grey_of(batch: Tensor) -> Tensor:
    """The grey of images: shape (N, 1, H, W); their mean where channels are not red, green and blue."""
    channels = batch.shape[1]
    weights = _GREY if channels == len(_GREY) else (1 / channels,) * channels
    return torch.einsum("bchw,c->bhw", batch, batch.new_tensor(weights))[:, None]


def moved(batch: Tensor, maps: Tensor) -> Tensor:
    """Images moved, turned or slanted about their centres, bilinear; what lies beyond them is grey.

    Args:
        batch: The images.
        maps: From output to input, in pixels from the centre, (x, y): shape (N, 2, 3).
    """
    height, width = batch.shape[2:]
    # grid_sample measures offsets in half-sides.
    sides = maps.new_tensor([width / 2, height / 2])
    rescaled = maps * torch.cat([sides, sides.new_ones(1)]) / sides[:, None]
    grid = F.affine_grid(rescaled, list(batch.shape), align_corners=False)
    return F.grid_sample(batch - _BEYOND, grid, align_corners=False) + _BEYOND


def brightened(batch: Tensor, factors: Tensor) -> Tensor:
    """Images times factors (N,)."""
    return _away_from(torch.zeros_like(batch[:, :1, :1, :1]), batch, factors)


def contrasted(batch: Tensor, factors: Tensor) -> Tensor:
    """Images moved from their mean grey by factors (N,)."""
    return _away_from(grey_of(batch).mean(dim=(2, 3), keepdim=True), batch, factors)


def saturated(batch: Tensor, factors: Tensor) -> Tensor:
    """Images moved from their grey by factors (N,)."""
    return _away_from(grey_of(batch), batch, factors)


def sharpened(batch: Tensor, factors: Tensor) -> Tensor:
    """Images moved from what is left of them when smoothed, by factors (N,); the border stays."""
    smooth = batch.clone()
    if min(batch.shape[2:]) >= 3:
        # Eight neighbours count one each, the pixel itself five.
        smooth[..., 1:-1, 1:-1] = (9 * F.avg_pool2d(batch, 3, 1) + 4 * batch[..., 1:-1, 1:-1]) / 13
    return _away_from(smooth, batch, factors)


def posterized(batch: Tensor, bits_lost: Tensor) -> Tensor:
    """Images of which each pixel has lost its lowest bits (N,)."""
    steps = torch.exp2(bits_lost)[:, None, None, None]
    return (batch / steps).floor() * steps


def solarized(batch: Tensor, thresholds: Tensor) -> Tensor:
    """Images whose pixels are turned into their negative from thresholds (N,) on."""
    return torch.where(batch >= thresholds[:, None, None, None], 255 - batch, batch)


def stretched(batch: Tensor) -> Tensor:
    """Images of which every channel goes from 0 to 255 (`autocontrast`); one that is even stays."""
    low, high = batch.amin(dim=(2, 3), keepdim=True), batch.amax(dim=(2, 3), keepdim=True)
    span = high - low
    return torch.where(span > 0, (batch - low) * (255 / span.clamp(min=1e-6)), batch)


def equalized(batch: Tensor) -> Tensor:
    """Images of which every channel has its values about equally often (`equalize`)."""
    shape = batch.shape
    values = batch.round().long().flatten(0, 1).flatten(1)
    rows = torch.arange(len(values), device=batch.device)[:, None]
    flat = (values + rows * _LEVELS).flatten()
    counts = torch.bincount(flat, minlength=len(values) * _LEVELS).view(-1, _LEVELS)
    brightest = counts.gather(1, values.amax(dim=1, keepdim=True))
    steps = (values.shape[1] - brightest) // (_LEVELS - 1)
    below = counts.cumsum(1) - counts
    table = ((below + steps // 2) // steps.clamp(min=1)).clamp(max=_LEVELS - 1)
    new = torch.where(steps > 0, table.gather(1, values), values)
    return new.view(shape).to(batch.dtype)


def _away_from(base: Tensor, batch: Tensor, factors: Tensor) -> Tensor:
    return torch.lerp(base.expand_as(batch), batch, factors[:, None, None, None]).clamp_(0, 255)
