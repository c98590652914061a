"""Convolutions that do not compute what nobody reads: taps on the padding, rows that a pool drops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from taskgraft.network._operator import operator

# At 3x3 pixels 32 of 81 taps fall on the padding, at 2x2 20 of 36; larger maps gain less.
_SMALL_SIDE = 3
# Each output pixel reads its own part of the weights, which only many images make up for.
_SMALLEST_BATCH = 64


class Conv3x3(nn.Conv2d):
    """A 3x3 convolution that keeps height and width.

    On a CPU, maps of up to 3x3 pixels are convolved by matrix products that leave out the taps which fall on
    the padding: the same sums, in another order, in about half the time (`docs/decisions/0009`).

    Args:
        num_in: Channels that come in.
        width: Channels that go out.
        bias: Whether a bias is added.
    """

    def __init__(self, num_in: int, width: int, *, bias: bool) -> None:
        super().__init__(num_in, width, 3, padding="same", bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """Maps of shape (B, C, H, W) to maps of shape (B, width, H, W)."""
        if not self._is_short(input):
            return super().forward(input)
        maps: Tensor = _SmallMaps.apply(input, self.weight.to(input.dtype))  # type: ignore[no-untyped-call]
        return maps if self.bias is None else maps + self.bias.to(maps.dtype).view(1, -1, 1, 1)

    @staticmethod
    def _is_short(maps: Tensor) -> bool:
        """Whether the short cut is taken; what is exported or compiled should read as a convolution."""
        if torch.jit.is_tracing() or torch.compiler.is_compiling():  # type: ignore[attr-defined, no-untyped-call]
            return False
        return (
            maps.device.type == "cpu" and max(maps.shape[2:]) <= _SMALL_SIDE and len(maps) >= _SMALLEST_BATCH
        )


class PooledConv2x2(nn.Conv2d):
    """A 2x2 convolution before a 2x2 max-pool: each pixel sees itself, those to its right and below.

    Of maps with an odd side the pool drops the last row and column, so they are not computed, which needs no
    padding: at 7x7 pixels, of which 6x6 are pooled, a quarter less work. A 3x3 convolution would have to be
    padded on one side only, which takes a copy and more time than it saves.

    Args:
        num_in: Channels that come in.
        width: Channels that go out.
    """

    def __init__(self, num_in: int, width: int) -> None:
        super().__init__(num_in, width, 2, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """Maps of shape (B, C, H, W) to maps of shape (B, width, H - H % 2, W - W % 2)."""
        below, right = (1 - side % 2 for side in input.shape[2:])
        # Padding by nothing would still make a copy; a trace cannot ask, and what runs it leaves it out.
        is_padded = torch.jit.is_tracing() or below or right  # type: ignore[attr-defined, no-untyped-call]
        return super().forward(F.pad(input, (0, right, 0, below)) if is_padded else input)


class _SmallMaps(torch.autograd.Function):
    """3x3 convolution of maps (B, C, H, W) with weights (O, C, 3, 3): one matrix product an output pixel."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(maps, weight)
        return _convolve(maps, weight.permute(2, 3, 1, 0))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        maps, weight = ctx.saved_tensors
        return _maps_gradient(grad, weight), _weight_gradient(grad, maps)


def _convolve(maps: Tensor, kernel: Tensor) -> Tensor:
    """Maps (B, C, H, W) and a kernel (3, 3, C, O) to maps (B, O, H, W), channels last in memory."""
    height, width = maps.shape[2:]
    pixels, kernel = maps.permute(0, 2, 3, 1), kernel.contiguous()
    out = pixels.new_empty((*pixels.shape[:3], kernel.shape[3]))
    for row in range(height):
        rows, taps_down = _window(row, height)
        for column in range(width):
            columns, taps_right = _window(column, width)
            seen = pixels[:, rows, columns].flatten(1)
            out[:, row, column] = seen @ kernel[taps_down, taps_right].flatten(0, 2)
    return out.permute(0, 3, 1, 2)


def _gradient_of_maps(grad: Tensor, weight: Tensor) -> Tensor:
    """Gradient of the maps: the convolution of the result's gradient with the turned kernel."""
    return _convolve(grad, weight.flip(2, 3).permute(2, 3, 0, 1))


def _gradient_of_weight(grad: Tensor, maps: Tensor) -> Tensor:
    """Gradient of the weights (O, C, 3, 3): one matrix product a tap, over the pixels it can see."""
    pixels, errors = maps.permute(0, 2, 3, 1), grad.permute(0, 2, 3, 1)
    out = pixels.new_zeros((grad.shape[1], 3, 3, maps.shape[1]))
    for down, (into_rows, from_rows) in enumerate(_overlaps(maps.shape[2])):
        for right, (into_columns, from_columns) in enumerate(_overlaps(maps.shape[3])):
            seen = pixels[:, from_rows, from_columns].flatten(0, 2)
            out[:, down, right] = errors[:, into_rows, into_columns].flatten(0, 2).T @ seen
    return out.permute(0, 3, 1, 2)


_maps_gradient = operator("small_maps_gradient(Tensor grad, Tensor weight) -> Tensor", _gradient_of_maps)
_weight_gradient = operator(
    "small_maps_weight_gradient(Tensor grad, Tensor maps) -> Tensor", _gradient_of_weight
)


def _window(position: int, size: int) -> tuple[slice, slice]:
    """The input positions that an output position sees, and the taps that see them."""
    first, last = max(position - 1, 0), min(position + 2, size)
    return slice(first, last), slice(first - position + 1, last - position + 1)


def _overlaps(size: int) -> Iterator[tuple[slice, slice]]:
    """For each tap, the output positions at which it sees the image, and the input positions it sees."""
    for offset in (-1, 0, 1):
        yield slice(max(-offset, 0), size - max(offset, 0)), slice(max(offset, 0), size - max(-offset, 0))
