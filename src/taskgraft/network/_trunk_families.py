"""The families of trunks that are our own."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from taskgraft.network._declared import declare
from taskgraft.network._draws import lecun_uniform
from taskgraft.network._layers import Chain
from taskgraft.network._stages import (
    MaxPlusMean,
    compact_stage,
    keras_convolution,
    keras_stage,
    residual_stage,
)
from taskgraft.network._trunk_family import TRUNK_FAMILIES, Lane, TrunkFamily
from taskgraft.network._whiten import WhitenedStem, whitened_width
from taskgraft.recipe import CompactSpec, KerasBlocksSpec, ResidualSpec, StagedTrunkSpec

_STEM = "trunk.0"
# The stem and its activation are 0 and 1.
_FIRST_STAGE = 2


@TRUNK_FAMILIES.add("keras-blocks")
class KerasBlocks(TrunkFamily[KerasBlocksSpec]):
    """The posing project's trunk."""

    def lane(self, spec: KerasBlocksSpec, image_shape: tuple[int, int, int]) -> Lane:
        """Every pixel of the last maps is a feature."""
        stem = keras_convolution(image_shape[0], spec.stem_width, _STEM)
        stages = [keras_stage(a, b, key) for a, b, key in _steps(spec.stem_width, spec)]
        return Lane(_behind(Chain(stem, nn.ReLU()), stages), nn.Flatten())


@TRUNK_FAMILIES.add("compact")
class Compact(TrunkFamily[CompactSpec]):
    """A small modern trunk."""

    def lane(self, spec: CompactSpec, image_shape: tuple[int, int, int]) -> Lane:
        """The features are the largest values of the last maps."""
        stem, width = _modern_stem(spec, image_shape[0])
        stages = [compact_stage(a, b, spec.stage_depth, key) for a, b, key in _steps(width, spec)]
        return Lane(_behind(stem, stages), nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()))


@TRUNK_FAMILIES.add("residual")
class ResidualStages(TrunkFamily[ResidualSpec]):
    """A small trunk whose stages add to what they are given."""

    def lane(self, spec: ResidualSpec, image_shape: tuple[int, int, int]) -> Lane:
        """The features are the largest values of the last maps and their means, added."""
        stem, width = _modern_stem(spec, image_shape[0])
        steps = zip(_steps(width, spec), spec.stages, strict=True)
        stages = [residual_stage(a, b, stage, key) for (a, b, key), stage in steps]
        return Lane(_behind(stem, stages), nn.Sequential(MaxPlusMean(), nn.Flatten()))


def _modern_stem(spec: StagedTrunkSpec, num_channels: int) -> tuple[Chain, int]:
    """A 2x2 convolution with SiLU, and how many channels it gives."""
    if spec.stem_width == "whitened":
        width = whitened_width(num_channels)
        stem: nn.Conv2d = WhitenedStem(num_channels)
    else:
        width = spec.stem_width
        stem = nn.Conv2d(num_channels, width, 2)
    return Chain(declare(stem, "hidden", init=lecun_uniform, key=_STEM), nn.SiLU()), width


def _steps(stem_width: int, spec: StagedTrunkSpec) -> Sequence[tuple[int, int, str]]:
    """Channels in, channels out and the key of every stage."""
    widths = (stem_width, *spec.stage_widths)
    pairs = zip(widths, widths[1:], strict=False)
    return [(a, b, f"trunk.{_FIRST_STAGE + place}") for place, (a, b) in enumerate(pairs)]


def _behind(stem: Chain, stages: Sequence[nn.Module]) -> Sequence[nn.Module]:
    """The stages, the first of them behind the stem."""
    return [Chain(*stem, stages[0]), *stages[1:]]
