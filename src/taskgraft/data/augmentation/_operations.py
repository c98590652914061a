"""What TrivialAugment and RandAugment do to images: each operation on a batch, a strength for each image.

Batches are float32 (N, C, H, W), 0 to 255. The colour operations are those of Pillow, without its rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Of ITU-R BT.601, as everyone turns colours into grey.
_GREY = (0.299, 0.587, 0.114)
_LEVELS = 256
_TINY = 1e-6


def grey_of(batch: Tensor) -> Tensor:
    """The grey of images: shape (N, 1, H, W); their mean where channels are not red, green and blue."""
    return torch.einsum("bchw,c->bhw", batch, _weights(batch))[:, None]


def _weights(batch: Tensor) -> Tensor:
    channels = batch.shape[1]
    return batch.new_tensor(_GREY if channels == len(_GREY) else (1 / channels,) * channels)


def brightened(batch: Tensor, factors: Tensor) -> Tensor:
    """Images times factors (N,)."""
    return (batch * factors[:, None, None, None]).clamp_(0, 255)


def contrasted(batch: Tensor, factors: Tensor) -> Tensor:
    """Images moved from their mean grey by factors (N,)."""
    mean = batch.mean(dim=(2, 3)) @ _weights(batch)
    return _away_from(mean[:, None, None, None], batch, factors)


def saturated(batch: Tensor, factors: Tensor) -> Tensor:
    """Images moved from their grey by factors (N,)."""
    return _away_from(grey_of(batch), batch, factors)


def hued(batch: Tensor, turns: Tensor) -> Tensor:
    """Images, which are written to, whose hues are moved round their circle by turns (N,).

    Largest and smallest channel of a pixel stay, so that value and saturation (HSV) do. What is not red,
    green and blue has no hue, and stays.
    """
    if batch.shape[1] != len(_GREY):
        return batch
    red, green, blue = batch.unbind(1)
    high, low = batch.amax(1), batch.amin(1)
    span = high - low
    # Hues in sixths of the circle, from red; greys have none, and any does.
    scale = span.clamp(min=_TINY).reciprocal_()
    from_blue = torch.where(
        high == green, (blue - red).mul_(scale).add_(2), (red - green).mul_(scale).add_(4)
    )
    hue = torch.where(high == red, (green - blue).mul_(scale), from_blue)
    hue += 6 * turns[:, None, None]
    hue.sub_((hue / 6).floor_(), alpha=6)
    shares = (
        (hue - 3).abs_().sub_(1),
        (hue - 2).abs_().neg_().add_(2),
        (hue - 4).abs_().neg_().add_(2),
    )
    for channel, share in zip((red, green, blue), shares, strict=True):
        torch.addcmul(low, span, share.clamp_(0, 1), out=channel)
    return batch


def sharpened(batch: Tensor, factors: Tensor) -> Tensor:
    """Images moved from what is left of them when smoothed, by factors (N,); the border stays."""
    smooth = batch.clone()
    if min(batch.shape[2:]) >= 3:
        rows = batch[:, :, :-2] + batch[:, :, 1:-1] + batch[:, :, 2:]
        nine = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
        # Eight neighbours count one each, the pixel itself five.
        smooth[..., 1:-1, 1:-1] = nine.add_(batch[..., 1:-1, 1:-1], alpha=4).div_(13)
    return _away_from(smooth, batch, factors)


def posterized(batch: Tensor, bits_lost: Tensor) -> Tensor:
    """Images of which each pixel has lost its lowest bits (N,)."""
    steps = torch.exp2(bits_lost)[:, None, None, None]
    # Whole values first: one that was looked up is off by the last bit.
    return (batch + 0.5).div_(steps).floor_().mul_(steps)


def solarized(batch: Tensor, thresholds: Tensor) -> Tensor:
    """Images whose pixels are turned into their negative from thresholds (N,) on."""
    return torch.where(batch >= thresholds[:, None, None, None], 255 - batch, batch)


def stretched(batch: Tensor) -> Tensor:
    """Images of which every channel goes from 0 to 255 (`autocontrast`); one that is even stays."""
    low, high = batch.amin(dim=(2, 3), keepdim=True), batch.amax(dim=(2, 3), keepdim=True)
    span = high - low
    # Nothing is taken from one without a span, and it is multiplied by one.
    is_even = span == 0
    return (batch - low * ~is_even).mul_(torch.where(is_even, 1.0, 255 / span))


def equalized(batch: Tensor) -> Tensor:
    """Images of which every channel has its values about equally often (`equalize`)."""
    shape = batch.shape
    values = batch.round().int().flatten(0, 1).flatten(1)
    rows = torch.arange(len(values), device=batch.device, dtype=torch.int32)[:, None]
    flat = (values + rows * _LEVELS).flatten()
    counts = torch.bincount(flat, minlength=len(values) * _LEVELS).view(-1, _LEVELS)
    brightest = counts.gather(1, values.amax(dim=1, keepdim=True).long())
    steps = (values.shape[1] - brightest) // (_LEVELS - 1)
    below = counts.cumsum(1) - counts
    table = ((below + steps // 2) // steps.clamp(min=1)).clamp(max=_LEVELS - 1)
    # A channel of hardly more than one value stays.
    table = torch.where(steps > 0, table, torch.arange(_LEVELS, device=batch.device))
    return table.to(batch.dtype).flatten().index_select(0, flat).view(shape)


def _away_from(base: Tensor, batch: Tensor, factors: Tensor) -> Tensor:
    return torch.lerp(base, batch, factors[:, None, None, None]).clamp_(0, 255)
