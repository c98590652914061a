"""The layers both trunks and branches are built of, in Keras' conventions and in modern ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from taskgraft.network._convolution import Conv3x3, PooledConv2x2
from taskgraft.network._pool import MaxPool2x2
from taskgraft.recipe import StageSpec


class _KerasStatistics(nn.modules.batchnorm._BatchNorm):
    """Batch norm with Keras' defaults and its running variance, which is the biased one.

    PyTorch folds the unbiased batch variance into the running one; Keras 3 the biased, smaller by
    (n - 1) / n for n values a channel. The difference reaches the logits at test time.
    """

    def __init__(self, num_features: int) -> None:
        super().__init__(num_features, eps=1e-3, momentum=0.01)

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or self.running_var is None or self.momentum is None:
            return super().forward(input)
        # The graph holds on to the tensor that is updated inside, so it must not be touched again.
        updated = self.running_var.clone()
        output = F.batch_norm(
            input,
            self.running_mean,
            updated,
            self.weight,
            self.bias,
            training=True,
            momentum=self.momentum,
            eps=self.eps,
        )
        n = input.numel() / input.shape[1]
        with torch.no_grad():
            kept = self.running_var * (1 - self.momentum)
            self.running_var.copy_(kept + (updated - kept) * ((n - 1) / n))
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
        return output


class KerasBatchNorm1d(_KerasStatistics, nn.BatchNorm1d):
    """Keras' batch norm over features of shape (B, D)."""


class KerasBatchNorm2d(_KerasStatistics, nn.BatchNorm2d):
    """Keras' batch norm over maps of shape (B, C, H, W)."""


def keras_dense(num_in: int, width: int, dropout: float) -> nn.Sequential:
    """A dense block as the posing project has it: linear, ReLU, dropout, batch norm."""
    return nn.Sequential(nn.Linear(num_in, width), nn.ReLU(), nn.Dropout(dropout), KerasBatchNorm1d(width))


def modern_dense(num_in: int, width: int, dropout: float) -> nn.Sequential:
    """A dense block in today's order: linear, batch norm, SiLU, dropout."""
    return nn.Sequential(
        nn.Linear(num_in, width, bias=False), nn.BatchNorm1d(width), nn.SiLU(), nn.Dropout(dropout)
    )


def keras_stage(num_in: int, width: int) -> nn.Sequential:
    """Two 3x3 convolutions with ReLU, a 2x2 max-pool, batch norm: (B, C, H, W) to (B, width, H/2, W/2)."""
    return nn.Sequential(
        nn.Conv2d(num_in, width, 3, padding="same"),
        nn.ReLU(),
        nn.Conv2d(width, width, 3, padding="same"),
        # Both only pick values, so in this order they give the same, and ReLU sees a quarter of them.
        MaxPool2x2(),
        nn.ReLU(),
        KerasBatchNorm2d(width),
    )


def compact_stage(num_in: int, width: int, depth: int) -> nn.Sequential:
    """3x3 convolutions, each with batch norm and SiLU, the first pooled: halves height and width."""
    return nn.Sequential(
        Conv3x3(num_in, width, bias=False),
        MaxPool2x2(),
        nn.BatchNorm2d(width),
        nn.SiLU(),
        Conv3x3(width, width, bias=False),
        nn.BatchNorm2d(width),
        nn.SiLU(),
        *(Residual(width) for _ in range(depth - 2)),
    )


def residual_stage(num_in: int, width: int, spec: StageSpec) -> nn.Sequential:
    """A convolution, pooled, with batch norm and SiLU, then a pair: halves height and width."""
    return nn.Sequential(
        *_entry(num_in, width, spec.entry_kernel),
        MaxPool2x2(),
        nn.BatchNorm2d(width),
        nn.SiLU(),
        ResidualPair(width, spec.inner_width, spec.inner_kernels),
    )


def _entry(num_in: int, width: int, kernel: int) -> Sequence[nn.Module]:
    return [PooledConv2x2(num_in, width)] if kernel == 2 else _convolution(num_in, width, kernel)


def _convolution(num_in: int, width: int, kernel: int) -> Sequence[nn.Module]:
    """A convolution that keeps height and width; a 2x2 kernel sees one pixel to the right and one below."""
    if kernel == 3:
        return [Conv3x3(num_in, width, bias=False)]
    plain = nn.Conv2d(num_in, width, kernel, bias=False)
    return [plain] if kernel == 1 else [nn.ZeroPad2d((0, 1, 0, 1)), plain]


class ResidualPair(nn.Module):
    """Two convolutions, each with batch norm and SiLU, added to their input: maps keep their shape.

    Args:
        width: Channels in and out.
        inner_width: Channels between the two.
        kernels: Sides of their kernels.
    """

    def __init__(self, width: int, inner_width: int, kernels: tuple[int, int]) -> None:
        super().__init__()
        first, second = kernels
        self.block = nn.Sequential(
            *_convolution(width, inner_width, first),
            nn.BatchNorm2d(inner_width),
            nn.SiLU(),
            *_convolution(inner_width, width, second),
            nn.BatchNorm2d(width),
            nn.SiLU(),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (B, C, H, W) to maps of the same shape."""
        out: Tensor = maps + self.block(maps)
        return out


class MaxPlusMean(nn.Module):
    """Of each channel the largest value and the mean over its map, added: (B, C, H, W) to (B, C)."""

    def forward(self, maps: Tensor) -> Tensor:
        """Maps of any size to one value a channel."""
        # Channels last, in which the gradient would not come back from (B, C, H, W).
        pixels = maps.permute(0, 2, 3, 1).flatten(1, 2)
        return pixels.amax(1) + pixels.mean(1)


class Residual(nn.Module):
    """A 3x3 convolution with batch norm, added to its input before SiLU: maps keep their shape.

    Args:
        width: Channels in and out.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.block = nn.Sequential(Conv3x3(width, width, bias=False), nn.BatchNorm2d(width))

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (B, C, H, W) to maps of the same shape."""
        return F.silu(maps + self.block(maps))
