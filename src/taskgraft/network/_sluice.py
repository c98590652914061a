"""The subspaces of sluice networks: every half of a lane continues with a weighted sum of all halves."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from taskgraft.network._cross_stitch import stitched
from taskgraft.network._declared import declare
from taskgraft.network._mixer import MIXERS, Mixer, MixerPlace

NUM_SUBSPACES = 2


@MIXERS.add("sluice")
class Sluice(Mixer):
    """Ruder, Bingel, Augenstein and Sogaard: Latent Multi-task Architecture Learning (AAAI 2019).

    The channels of every lane are two subspaces, so that one may be shared and the other kept. Of L lanes
    subspace i continues with the sum over the 2 L subspaces j of a_ij times its maps (their equation 1). The
    a_ij begin with 0.9 for the subspace itself, and 0.1 shared by the others. Left out are the paper's
    penalty, which draws the two subspaces of a lane apart, and its weights of the layers.

    Args:
        place: Behind lanes of separate or forked trunks. Of an odd number of channels the first subspace has
            one more.
    """

    def __init__(self, place: MixerPlace) -> None:
        super().__init__(place)
        self.shares = nn.Parameter(stitched(NUM_SUBSPACES * place.num_lanes))
        declare(self, "plain")

    def forward(self, lanes: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        """Maps of all lanes to as many."""
        del entered
        width = lanes[0].shape[1]
        parts = [part for maps in lanes for part in _halves(maps)]
        shares = self.shares.to(lanes[0].dtype)
        mixed = [
            functools.reduce(torch.add, (share * part for share, part in zip(row, parts, strict=True)))
            for row in shares
        ]
        pairs = zip(mixed[::NUM_SUBSPACES], mixed[1::NUM_SUBSPACES], strict=True)
        return [torch.cat(pair, dim=1)[:, :width] for pair in pairs]

    def lane_shares(self, lanes: list[Tensor], entered: list[Tensor]) -> Tensor:
        """The a_ij: what the subspaces of a lane take of those of another, the mean over those that take."""
        del entered
        num_lanes = len(lanes)
        blocks = self.shares.detach().view(num_lanes, NUM_SUBSPACES, num_lanes, NUM_SUBSPACES)
        return blocks.sum(3).mean(1)


def _halves(maps: Tensor) -> Sequence[Tensor]:
    """The first channels and the last of maps (B, C, ...), as many of both: an odd one gets one of zeros."""
    if maps.shape[1] % NUM_SUBSPACES:
        maps = F.pad(maps, (0, 0) * (maps.ndim - 2) + (0, 1))
    return maps.chunk(NUM_SUBSPACES, dim=1)
