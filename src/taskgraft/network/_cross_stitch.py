"""The cross-stitch unit: every lane continues with a weighted sum of all, channel by channel."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn

from taskgraft.network._declared import declare
from taskgraft.network._mixer import MIXERS, Mixer, MixerPlace

# As in the paper: at first a lane goes on almost as it is.
SAME, OTHERS = 0.9, 0.1


@MIXERS.add("cross-stitch")
class CrossStitch(Mixer):
    """Misra, Shrivastava, Gupta and Hebert: Cross-stitch Networks for Multi-task Learning (CVPR 2016).

    Of each channel lane i continues with the sum over j of a_ij times the maps of lane j. The a_ij begin with
    0.9 for the lane itself, and 0.1 shared by the others.

    Args:
        place: Behind lanes of separate or forked trunks.
    """

    def __init__(self, place: MixerPlace) -> None:
        super().__init__(place)
        self.shares = nn.Parameter(stitched(place.num_lanes)[:, :, None].repeat(1, 1, place.shape[0]))
        declare(self, "plain")

    def forward(self, lanes: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        """Maps of all lanes to as many."""
        del entered
        # Lane by lane: half the time of one product over all, which would lay the maps out in another order.
        shares = self.shares.to(lanes[0].dtype)
        sides = (1,) * (lanes[0].ndim - 2)
        return [
            functools.reduce(
                torch.add, (share.view(-1, *sides) * maps for share, maps in zip(of_lane, lanes, strict=True))
            )
            for of_lane in shares
        ]

    def lane_shares(self, lanes: list[Tensor], entered: list[Tensor]) -> Tensor:
        """The a_ij, the mean over the channels."""
        del lanes, entered
        return self.shares.detach().mean(2)


def stitched(num_lanes: int) -> Tensor:
    """What each lane (row) takes of each (column) at the beginning: rows sum to one.

    Example:
        >>> stitched(2)
        tensor([[0.9000, 0.1000],
                [0.1000, 0.9000]])
    """
    others = OTHERS / (num_lanes - 1)
    return torch.full((num_lanes, num_lanes), others) + (SAME - others) * torch.eye(num_lanes)
