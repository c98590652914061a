"""A network that is run on some rows of a batch as if it were run on all: for several processes of one run.

Three things in a network look beyond the row of an image: batch norms, whose statistics are of the batch;
dropout and stochastic depth, whose draws are. All trunks, ours and timm's, reach them by the same few
functions of torch, which are replaced while the network runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode, handle_torch_function, has_torch_function_unary

from taskgraft.hardware import Team


def values_per_channel(images: Tensor) -> float:
    """Of how many values of the batch a batch norm takes the statistics of a channel.

    Args:
        images: Shape (B, C, ...).

    Example:
        >>> values_per_channel(torch.zeros(5, 3, 4, 4))
        80.0
    """
    if has_torch_function_unary(images):
        count: float = handle_torch_function(values_per_channel, (images,), images)
        return count
    return images.numel() / images.shape[1]


class WholeBatch(TorchFunctionMode):
    """Within, a network sees the whole batch, of which it computes the rows of this process.

    Args:
        team: The processes, each with a network of the same weights and the same state of torch's draws.
    """

    def __init__(self, team: Team) -> None:
        super().__init__()
        self._team = team
        self._replaced: dict[Any, Callable[..., Any]] = {
            F.dropout: self._dropout,
            torch.Tensor.bernoulli_: self._bernoulli_,
        }
        if team.synchronises:
            self._replaced |= {F.batch_norm: self._batch_norm, values_per_channel: self._values_per_channel}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Calls what is called, or what stands in its place."""
        return self._replaced.get(func, func)(*args, **(kwargs or {}))

    def _values_per_channel(self, images: Tensor) -> float:
        return images.numel() / images.shape[1] / len(images) * self._team.num_images

    def _dropout(self, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        if not training or p == 0:
            return F.dropout(input, p, training, inplace)
        kept = F.dropout(self._room(input).fill_(1), p)[self._team.rows]
        return input.mul_(kept) if inplace else input * kept

    def _bernoulli_(self, input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return input.copy_(self._room(input).bernoulli_(*args, **kwargs)[self._team.rows])

    def _room(self, part: Tensor) -> Tensor:
        """Room for the whole batch, in the type and layout of some of its rows: draws follow the memory."""
        room = part.new_empty((self._team.num_images, *part.shape[1:]))
        is_channels_last = part.ndim == 4 and not part.is_contiguous()
        return room.to(memory_format=torch.channels_last) if is_channels_last else room

    def _batch_norm(
        self,
        input: Tensor,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        if not training:
            return F.batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
        count = self._values_per_channel(input)
        mean, variance = _statistics(input, weight, self._team)
        if running_mean is not None and running_var is not None:
            with torch.no_grad():
                running_mean.lerp_(mean, momentum)
                running_var.lerp_(variance * (count / (count - 1)), momentum)
        scale = torch.ones_like(mean) if weight is None else weight
        shift = torch.zeros_like(mean) if bias is None else bias
        normal: Tensor = _Normalised.apply(  # type: ignore[no-untyped-call]
            input, scale, shift, mean, variance, (eps, count, self._team)
        )
        return normal


@torch.no_grad()
def _statistics(images: Tensor, weight: Tensor | None, team: Team) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of each channel over the whole batch: shapes (C,)."""
    zeros = torch.zeros(images.shape[1], device=images.device, dtype=None if weight is None else weight.dtype)
    # A momentum of 0 leaves what it would update; they say in which type to compute.
    each = torch.ops.aten.batch_norm_update_stats(images, zeros, zeros + 1, 0.0)
    table = torch.zeros(team.size, 2, len(zeros), device=zeros.device, dtype=zeros.dtype)
    table[team.rank] = torch.stack(each)
    team.add_up([table])
    means, variances = table.unbind(1)
    shares = torch.tensor(team.shares, device=zeros.device, dtype=zeros.dtype)[:, None]
    mean = (shares * means).sum(0)
    return mean, (shares * (variances + (means - mean) ** 2)).sum(0)


class _Normalised(torch.autograd.Function):
    """Images (B, C, ...) normalised by statistics of the whole batch, through which gradients flow back."""

    @staticmethod
    def forward(
        ctx: Any, images: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, rest: Any
    ) -> Tensor:
        ctx.save_for_backward(images, scale, mean, variance)
        ctx.rest = rest
        return F.batch_norm(images, mean, variance, scale, shift, training=False, eps=rest[0])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        images, scale, mean, variance = ctx.saved_tensors
        eps, count, team = ctx.rest
        is_channels_last = images.ndim == 4 and not images.is_contiguous()
        layout = torch.channels_last if is_channels_last else torch.contiguous_format
        slopes = gradients[0].contiguous(memory_format=layout)
        # Sums over this process: of slopes times normalised values, and of slopes.
        _, along, total = torch.ops.aten.native_batch_norm_backward(
            slopes, images, scale, mean, variance, None, None, False, eps, [False, True, True]
        )
        sums = torch.stack([along, total])
        team.add_up([sums])
        inverse = (variance + eps).rsqrt()
        by_slope = scale * inverse
        by_value = -by_slope * inverse * sums[0] / count
        offset = -by_slope * sums[1] / count - by_value * mean
        gradient = _scaled(images, by_value, offset).add_(_scaled(slopes, by_slope, None))
        return gradient, along, total, None, None, None


def _scaled(values: Tensor, by: Tensor, offset: Tensor | None) -> Tensor:
    """Values (B, C, ...) times a number a channel, and an offset: in one pass, in the type of the values."""
    return F.batch_norm(values, torch.zeros_like(by), torch.ones_like(by), by, offset, eps=0.0)
