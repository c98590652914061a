"""Attention: what each level looks at in the maps of one shared trunk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from taskgraft.architecture import Mixed
from taskgraft.network._declared import declare
from taskgraft.network._draws import lecun_uniform
from taskgraft.network._layers import Chain, batch_norm_2d
from taskgraft.network._mixer import MIXERS, Mixer, MixerPlace
from taskgraft.network._nddr import as_maps


@MIXERS.add("attention")
class Attention(Mixer):
    """The attention of MTAN.

    Liu, Johns and Davison: End-to-End Multi-Task Learning with Attention (CVPR 2019).

    Behind a stage with maps p, level i has a_i * p, a_i = sigmoid(BN(conv(ReLU(BN(conv([p; f(b_i)]))))); b_i
    is what it had behind the stage before, and is left out behind the first. f, a 3x3 convolution with BN,
    ReLU and a max-pool to the size of p, is the same for all levels. What level i has behind the last stage
    goes through one more f, without a pool. So is the network for classification that the authors published
    (`lorenmt/mtan`, `visual_decathlon`), a stage in the place of a block.

    Args:
        place: Behind a shared trunk.
    """

    mixes: ClassVar[Mixed] = "one lane"

    def __init__(self, place: MixerPlace) -> None:
        super().__init__(place)
        width, before = place.shape[0], place.entered_shape[0]
        self._num_levels = len(place.lanes[0])
        self._is_last = len(place.streams) == self._num_levels
        # Behind the first mixer levels have nothing to go on yet: only what is common entered.
        self._is_first = len(place.entered) == 1
        self.handing_on = None if self._is_first else _convolution(before, width, 3, nn.ReLU(), place.key)
        num_in = width if self._is_first else 2 * width
        self.attention = nn.ModuleList()
        for level in place.lanes[0]:
            key = f"{place.key}.attention.{level}"
            first = _convolution(num_in, width, 1, nn.ReLU(), f"{key}.0")
            second = _convolution(width, width, 1, nn.Sigmoid(), f"{key}.1")
            self.attention.append(Chain(*first, *second))
        last = _convolution(width, width, 3, nn.ReLU(), f"{place.key}.last") if self._is_last else None
        self.last = last

    def forward(self, lanes: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        """Maps of the lane to those of each stream: in common as they are, those of levels attended to."""
        maps = as_maps(lanes[0])
        attended = [self._attended(level, maps, entered) for level in range(self._num_levels)]
        streams = [each.reshape(lanes[0].shape) for each in attended]
        return streams if self._is_last else [lanes[0], *streams]

    def _attended(self, level: int, maps: Tensor, entered: list[Tensor]) -> Tensor:
        attended = self._mask(level, maps, entered) * maps
        return attended if self.last is None else self.last(attended)

    def _mask(self, level: int, maps: Tensor, entered: list[Tensor]) -> Tensor:
        """The a_i of a level."""
        seen = maps
        if self.handing_on is not None:
            before = self.handing_on(as_maps(entered[1 + level]))
            seen = torch.cat([maps, pooled(before, maps.shape[2], maps.shape[3])], dim=1)
        mask: Tensor = self.attention[level](seen)
        return mask

    def lane_shares(self, lanes: list[Tensor], entered: list[Tensor]) -> Tensor:
        """The mean of each a_i, over images, channels and pixels; 1 for what continues in common."""
        maps = as_maps(lanes[0])
        means = [self._mask(level, maps, entered).float().mean() for level in range(self._num_levels)]
        shares = torch.stack(means)[:, None]
        return shares if self._is_last else torch.cat([torch.ones_like(shares[:1]), shares])

    def lanes_of(self, stream: int) -> Sequence[int]:
        """The one lane."""
        del stream
        return (0,)

    def entered_of(self, stream: int) -> Sequence[int]:
        """What the level had behind the stage before."""
        level = self._level(stream)
        return () if level is None or self._is_first else (1 + level,)

    def weights_of(self, stream: int) -> Iterable[nn.Parameter]:
        """Those of the level's attention, and what is the same for all levels."""
        level = self._level(stream)
        if level is not None:
            yield from self.attention[level].parameters()
            for each in (self.handing_on, self.last):
                yield from each.parameters() if each is not None else ()

    def _level(self, stream: int) -> int | None:
        """Which level a stream is for, counted among those it sees; None for what is common."""
        return stream if self._is_last else (stream - 1 if stream else None)


def _convolution(num_in: int, width: int, kernel: int, activation: nn.Module, key: str) -> Chain:
    plain = nn.Conv2d(num_in, width, kernel, padding="same", bias=False)
    declare(plain, "hidden", init=lecun_uniform, key=key)
    return Chain(plain, batch_norm_2d(width), activation)


def pooled(maps: Tensor, height: int, width: int) -> Tensor:
    """The largest values of maps (B, C, H, W) over windows, as many as the height and width say.

    Example:
        >>> pooled(torch.arange(4.0).view(1, 1, 2, 2), 1, 1).item()
        3.0
    """
    steps = (maps.shape[2] // height, maps.shape[3] // width)
    if (maps.shape[2] // steps[0], maps.shape[3] // steps[1]) == (height, width):
        return F.max_pool2d(maps, steps)
    return F.adaptive_max_pool2d(maps, (height, width))
