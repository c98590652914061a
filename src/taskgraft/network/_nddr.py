"""The NDDR layer: all lanes side by side, reduced to as many channels by a convolution for each lane."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from taskgraft.network._cross_stitch import stitched
from taskgraft.network._declared import declare
from taskgraft.network._layers import Chain, batch_norm_2d
from taskgraft.network._mixer import MIXERS, Mixer, MixerPlace


@MIXERS.add("nddr")
class Nddr(Mixer):
    """Gao, Ma, Zhao, Liu and Yuille: NDDR-CNN, Layerwise Feature Fusing in Multi-Task CNNs (CVPR 2019).

    Lane i continues with ReLU(BN(W_i [maps of all lanes])), W_i a 1x1 convolution. W_i begins diagonal: 0.9
    for the lane itself, 0.1 shared by the others.

    Args:
        place: Behind lanes of separate or forked trunks.
    """

    def __init__(self, place: MixerPlace) -> None:
        super().__init__(place)
        width, shares = place.shape[0], stitched(place.num_lanes)
        self.reduced = nn.ModuleList()
        for shares_of_lane in shares:
            reduce = nn.Conv2d(place.num_lanes * width, width, 1, bias=False)
            with torch.no_grad():
                reduce.weight.copy_(torch.kron(shares_of_lane, torch.eye(width))[:, :, None, None])
            norm = batch_norm_2d(width)
            self.reduced.append(Chain(declare(reduce, "hidden"), norm, nn.ReLU()))

    def forward(self, lanes: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        """Maps of all lanes to as many."""
        del entered
        maps = as_maps(torch.cat(lanes, dim=1))
        return [reduce(maps).reshape(lanes[0].shape) for reduce in self.reduced]

    def lane_shares(self, lanes: list[Tensor], entered: list[Tensor]) -> Tensor:
        """The norm of W_i over the channels of each lane, as a share of the sum of these norms."""
        del entered
        width = self.place.shape[0]
        # The first weights of each are those of its convolution.
        weights = [next(reduce.parameters()).detach() for reduce in self.reduced]
        norms = torch.stack(
            [torch.stack([part.norm() for part in torch.split(weight, width, dim=1)]) for weight in weights]
        )
        return norms / norms.sum(1, keepdim=True)

    def weights_of(self, stream: int) -> Iterable[nn.Parameter]:
        """Those of its convolution and batch norm."""
        return self.reduced[stream].parameters()


def as_maps(features: Tensor) -> Tensor:
    """Maps (B, C, H, W) as they are, features (B, C) as maps of one pixel."""
    return features if features.ndim == 4 else features[:, :, None, None]
