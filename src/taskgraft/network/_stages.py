"""The stages of our own trunks, and what makes features of the last maps.

The numbers in the keys of layers are names: first weights are drawn by them, wherever the layers stand.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from taskgraft.network._convolution import Conv3x3, PooledConv2x2
from taskgraft.network._declared import declare
from taskgraft.network._draws import glorot_uniform, handing_on
from taskgraft.network._layers import Chain, KerasBatchNorm2d, batch_norm_2d
from taskgraft.network._pool import MaxPool2x2
from taskgraft.recipe import StageSpec


def keras_stage(num_in: int, width: int, key: str) -> Chain:
    """Two 3x3 convolutions with ReLU, a 2x2 max-pool, batch norm: (B, C, H, W) to (B, width, H/2, W/2)."""
    return Chain(
        keras_convolution(num_in, width, f"{key}.0"),
        nn.ReLU(),
        keras_convolution(width, width, f"{key}.2"),
        # Both only pick values, so in this order they give the same, and ReLU sees a quarter of them.
        MaxPool2x2(),
        nn.ReLU(),
        KerasBatchNorm2d(width),
    )


def keras_convolution(num_in: int, width: int, key: str) -> nn.Conv2d:
    """A 3x3 convolution that keeps height and width, with Keras' first weights."""
    plain = nn.Conv2d(num_in, width, 3, padding="same")
    return declare(plain, "hidden", init=glorot_uniform, key=key)


def compact_stage(num_in: int, width: int, depth: int, key: str) -> Chain:
    """3x3 convolutions, each with batch norm and SiLU, the first pooled: halves height and width."""
    return Chain(
        *_convolution(num_in, width, 3, f"{key}.0"),
        MaxPool2x2(),
        batch_norm_2d(width),
        nn.SiLU(),
        *_convolution(width, width, 3, f"{key}.4"),
        batch_norm_2d(width),
        nn.SiLU(),
        *(Residual(width, f"{key}.{7 + more}") for more in range(depth - 2)),
    )


def residual_stage(num_in: int, width: int, spec: StageSpec, key: str) -> Chain:
    """A convolution, pooled, with batch norm and SiLU, then a pair: halves height and width."""
    return Chain(
        *_entry(num_in, width, spec.entry_kernel, f"{key}.0"),
        MaxPool2x2(),
        batch_norm_2d(width),
        nn.SiLU(),
        ResidualPair(width, spec.inner_width, spec.inner_kernels, f"{key}.4"),
    )


def _entry(num_in: int, width: int, kernel: int, key: str) -> Sequence[nn.Module]:
    if kernel != 2:
        return _convolution(num_in, width, kernel, key)
    return [declare(PooledConv2x2(num_in, width), "hidden", init=handing_on, key=key)]


def _convolution(num_in: int, width: int, kernel: int, key: str) -> Sequence[nn.Module]:
    """A convolution that keeps height and width; a 2x2 kernel sees one pixel to the right and one below."""
    plain = (
        Conv3x3(num_in, width, bias=False) if kernel == 3 else nn.Conv2d(num_in, width, kernel, bias=False)
    )
    declare(plain, "hidden", init=handing_on, key=key)
    return [nn.ZeroPad2d((0, 1, 0, 1)), plain] if kernel == 2 else [plain]


class ResidualPair(nn.Module):
    """Two convolutions, each with batch norm and SiLU, added to their input: maps keep their shape.

    Args:
        width: Channels in and out.
        inner_width: Channels between the two.
        kernels: Sides of their kernels.
        key: Of its first weights.
    """

    def __init__(self, width: int, inner_width: int, kernels: tuple[int, int], key: str) -> None:
        super().__init__()
        first, second = kernels
        self.block = Chain(
            *_convolution(width, inner_width, first, f"{key}.block.0"),
            batch_norm_2d(inner_width),
            nn.SiLU(),
            *_convolution(inner_width, width, second, f"{key}.block.3"),
            batch_norm_2d(width),
            nn.SiLU(),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (B, C, H, W) to maps of the same shape."""
        out: Tensor = maps + self.block(maps)
        return out


class Residual(nn.Module):
    """A 3x3 convolution with batch norm, added to its input before SiLU: maps keep their shape.

    Args:
        width: Channels in and out.
        key: Of its first weights.
    """

    def __init__(self, width: int, key: str) -> None:
        super().__init__()
        self.block = Chain(*_convolution(width, width, 3, f"{key}.block.0"), batch_norm_2d(width))

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (B, C, H, W) to maps of the same shape."""
        return F.silu(maps + self.block(maps))


class MaxPlusMean(nn.Module):
    """Of each channel the largest value and the mean over its map, added: (B, C, H, W) to (B, C)."""

    def forward(self, maps: Tensor) -> Tensor:
        """Maps of any size to one value a channel."""
        # Channels last, in which the gradient would not come back from (B, C, H, W).
        pixels = maps.permute(0, 2, 3, 1).flatten(1, 2)
        return pixels.amax(1) + pixels.mean(1)
