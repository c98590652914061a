"""Gates: for every image, how much a level takes of each of its experts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from taskgraft.architecture import Mixed
from taskgraft.network._declared import declare
from taskgraft.network._draws import lecun_uniform
from taskgraft.network._mixer import MIXERS, Mixer, MixerPlace


class Softmax(nn.Linear):
    """A softmax over the experts: softmax(W x).

    Args:
        num_features: D, width of x.
        num_experts: E.
        key: Of its first weights.
    """

    def __init__(self, num_features: int, num_experts: int, key: str) -> None:
        super().__init__(num_features, num_experts, bias=False)
        declare(self, "matrix", init=lecun_uniform, key=key)

    def forward(self, means: Tensor) -> Tensor:
        """Means (B, D) to shares (B, E)."""
        return super().forward(means).softmax(dim=1)


@MIXERS.add("gates")
class Gates(Mixer):
    """The gates of MMoE, CGC and PLE: a softmax over the experts that a level sees.

    A stream continues with the sum over its experts e of g_e times the maps of e, g = softmax(W x); x are the
    means of the maps, over their pixels, that the stream's experts went out from. A level sees the shared
    experts and those specific to it; what goes on in common sees all.

    Ma, Zhao, Yi, Chen, Hong and Chi: Modeling Task Relationships in Multi-task Learning with Multi-gate
    Mixture-of-Experts (KDD 2018). Tang, Liu, Zhao and Gong: Progressive Layered Extraction (RecSys 2020).

    Args:
        place: Behind experts.
    """

    mixes: ClassVar[Mixed] = "experts"

    def __init__(self, place: MixerPlace) -> None:
        super().__init__(place)
        self.gates = nn.ModuleList()
        for stream, levels in enumerate(place.streams):
            key = f"{place.key}.gate.{'.'.join(map(str, levels))}"
            self.gates.append(self.gate(len(place.lanes_seen(stream)), key))

    def gate(self, num_experts: int, key: str) -> nn.Module:
        """What makes shares (B, E) of means (B, D), for one stream.

        Args:
            num_experts: E, those that the stream sees.
            key: Of its first weights.
        """
        return Softmax(self.place.entered_shape[0], num_experts, key)

    def forward(self, lanes: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        """Maps of all experts to those of each stream."""
        return [
            _sum_of(torch.stack([lanes[lane] for lane in self.lanes_of(stream)], dim=1), shares)
            for stream, shares in enumerate(self._chosen(entered))
        ]

    def lane_shares(self, lanes: list[Tensor], entered: list[Tensor]) -> Tensor:
        """The g_e, the mean over the images; 0 for experts that a stream does not see."""
        shares = entered[0].new_zeros(len(self.gates), len(lanes), dtype=torch.float32)
        for stream, chosen in enumerate(self._chosen(entered)):
            shares[stream, list(self.lanes_of(stream))] = chosen.float().mean(0)
        return shares

    def _chosen(self, entered: list[Tensor]) -> list[Tensor]:
        """Of each stream its g for every image, shape (B, E), E the experts that it sees."""
        means = [maps.flatten(2).mean(2) if maps.ndim > 2 else maps for maps in entered]
        return [gate(means[at]) for stream, gate in enumerate(self.gates) for at in self.entered_of(stream)]

    def lanes_of(self, stream: int) -> Sequence[int]:
        """The experts that a stream sees."""
        return self.place.lanes_seen(stream)

    def entered_of(self, stream: int) -> Sequence[int]:
        """What its gate looks at."""
        return (self.place.entered_for(stream),)

    def weights_of(self, stream: int) -> Iterable[nn.Parameter]:
        """Those of its gate."""
        return self.gates[stream].parameters()


def _sum_of(experts: Tensor, shares: Tensor) -> Tensor:
    """Maps (B, E, C, H, W) of E experts, weighted by shares (B, E), to maps (B, C, H, W)."""
    return torch.einsum("be,be...->b...", shares.to(experts.dtype), experts)
