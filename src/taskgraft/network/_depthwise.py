"""How much of a trunk's arithmetic is in depthwise convolutions, which processors do in other ways."""

from __future__ import annotations

import functools

import torch
from torch import nn

from taskgraft.network._mac_count import MacCount, zeros
from taskgraft.network._trunk_family import trunk_family
from taskgraft.recipe import TrunkSpec


@functools.cache
def depthwise_share(spec: TrunkSpec, image_shape: tuple[int, int, int]) -> float:
    """The share of the multiply-accumulates of a trunk that convolve each channel by itself.

    Args:
        spec: The trunk.
        image_shape: Channels, height and width.

    Example:
        >>> from taskgraft.recipe import quick
        >>> depthwise_share(quick().network.trunk, (3, 32, 32))
        0.0
    """
    with torch.device("meta"):
        lane = trunk_family(spec).lane(spec, image_shape)
        trunk = nn.Sequential(*lane.stages, lane.pool).eval()
    with MacCount() as count, torch.no_grad():
        trunk(zeros((1, *image_shape)))
    share: float = count.depthwise_macs / max(1, count.macs)
    return share
