"""The modules of a network that one level looks through, for tests that take it apart."""

from __future__ import annotations

from torch import nn

from taskgraft.network import Network


def lane_of(network: Network, level: int = 0) -> nn.ModuleList:
    """The stages of a level's lane, by place; the first begins with the stem. Mixers are not among them."""
    at = next(lane for lane, levels in enumerate(network.lanes) if level in levels)
    stages: list[nn.Module] = []
    for stage in reversed(list(network.trunk.stages)):
        stages.insert(0, stage.lanes[at])
        at = stage.sources[at]
    return nn.ModuleList(stages)


def stem_of(network: Network, level: int = 0) -> nn.Conv2d:
    """The first convolution of a level's lane."""
    stem = lane_of(network, level)[0][0]
    assert isinstance(stem, nn.Conv2d)
    return stem
