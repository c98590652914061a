"""The 2x2 max-pool of every stage, which keeps little of what it pooled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from taskgraft.network._operator import operator

_pool = torch.ops.aten.max_pool2d_with_indices
_unpool = torch.ops.aten.max_pool2d_with_indices_backward
_WINDOW = ([2, 2], [2, 2], [0, 0], [1, 1], False)
# Indices are made and read a few images at a time: of all of them they are twice the maps that were pooled.
_AT_ONCE = 64


class MaxPool2x2(nn.MaxPool2d):
    """A max-pool that halves height and width: torch's own, with less memory while training on a CPU.

    Autograd keeps the input of a pool, of which the gradient needs the shape alone, and indices of eight
    bytes, of which two are enough: together a third of a gigabyte at the peak of `fast`, batch 1,024.
    """

    def __init__(self) -> None:
        super().__init__(2)

    def forward(self, input: Tensor) -> Tensor:
        """Maps of shape (B, C, H, W) to maps of shape (B, C, H/2, W/2)."""
        if not (self.training and input.requires_grad and input.device.type == "cpu"):
            pooled: Tensor = super().forward(input)
            return pooled
        lean: Tensor = _LeanPool.apply(input)  # type: ignore[no-untyped-call]
        return lean


class _LeanPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:
        ctx.shape, ctx.layout = maps.shape, _layout(maps)
        pooled = _empty(maps, (*maps.shape[:2], maps.shape[2] // 2, maps.shape[3] // 2), ctx.layout)
        positions = torch.empty_like(pooled, dtype=_index_type(maps))
        for seen, largest, kept in _parts(maps, pooled, positions):
            indices = torch.empty_like(kept, dtype=torch.int64)
            _pool.out(seen, *_WINDOW, out=largest, indices=indices)
            kept.copy_(indices)
        ctx.save_for_backward(positions)
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (positions,) = ctx.saved_tensors
        is_last = ctx.layout == torch.channels_last
        return _lean_unpool(grad, positions, ctx.shape, is_last)


def _spread(grad: Tensor, positions: Tensor, shape: Sequence[int], is_channels_last: bool) -> Tensor:
    """The gradient of the maps (B, C, H, W) that were pooled: nothing but at the positions of the largest."""
    layout = torch.channels_last if is_channels_last else torch.contiguous_format
    spread = _empty(grad, shape, layout)
    for errors, kept, out in _parts(grad.contiguous(memory_format=layout), positions, spread):
        # Of what was pooled only shape and layout are looked at, which are those of its gradient.
        _unpool.grad_input(errors, out, *_WINDOW, kept.long(), grad_input=out)
    return spread


_lean_unpool = operator(
    "lean_unpool(Tensor grad, Tensor positions, SymInt[] shape, bool is_channels_last) -> Tensor", _spread
)


def _parts(*tensors: Tensor) -> zip[tuple[Tensor, ...]]:
    return zip(*(torch.split(tensor, _AT_ONCE) for tensor in tensors), strict=True)


def _empty(like: Tensor, shape: Sequence[int], layout: torch.memory_format) -> Tensor:
    return torch.empty(shape, dtype=like.dtype, memory_format=layout)


def _index_type(maps: Tensor) -> torch.dtype:
    """The smallest type that holds every position of a map."""
    fits = maps.shape[2] * maps.shape[3] <= torch.iinfo(torch.int16).max
    return torch.int16 if fits else torch.int32


def _layout(maps: Tensor) -> torch.memory_format:
    is_last = maps.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if is_last else torch.contiguous_format
