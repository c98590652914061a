"""A network so small that a loop around it shows what pictures cost: one convolution of patches."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveInt
from torch import nn

from taskgraft.network import TRUNK_FAMILIES, Chain, Lane, TrunkFamily, batch_norm_2d, declare, lecun_uniform
from taskgraft.recipe import TRUNK_SPECS, Recipe, TrunkSpec, changed, quick

_STRIDE = 16


@TRUNK_SPECS.add("bench-patches")
class PatchesSpec(TrunkSpec):
    """Its numbers."""

    family: Literal["bench-patches"] = Field("bench-patches", description="One convolution of patches.")
    width: PositiveInt = Field(32, description="Channels of the convolution.")


@TRUNK_FAMILIES.add("bench-patches")
class Patches(TrunkFamily[PatchesSpec]):
    """Its layers."""

    def lane(self, spec: PatchesSpec, image_shape: tuple[int, int, int]) -> Lane:
        """One stage and a pool."""
        patches = nn.Conv2d(image_shape[0], spec.width, kernel_size=_STRIDE, stride=_STRIDE)
        declare(patches, "hidden", init=lecun_uniform, key="trunk.patches")
        stage = Chain(patches, batch_norm_2d(spec.width), nn.SiLU())
        return Lane(stages=[stage], pool=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))


def patches() -> Recipe:
    """`quick` with such a network."""
    return changed(quick(), {"name": "patches", "network.trunk": {"family": "bench-patches"}})
