"""The convolutional layers: images of shape (B, C, H, W) to features of shape (B, D)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from taskgraft.errors import RequestError
from taskgraft.network._layers import MaxPlusMean, compact_stage, keras_stage, residual_stage
from taskgraft.network._timm_trunk import build_timm_trunk
from taskgraft.recipe import AnyTrunkSpec, TimmTrunkSpec, TrunkSpec


def build_trunk(spec: AnyTrunkSpec, image_shape: tuple[int, int, int]) -> tuple[nn.Sequential, int]:
    """Builds one trunk.

    Args:
        spec: Family and widths.
        image_shape: Channels, height and width of the images.

    Returns:
        The trunk and the number of features D it gives for each image. A trunk of several stages has for
        children its stem, an activation, its stages, and what makes features of the last maps.

    Raises:
        RequestError: If the images are too small to be halved at every stage.
    """
    if isinstance(spec, TimmTrunkSpec):
        return build_timm_trunk(spec, image_shape)
    channels, height, width = image_shape
    # The modern stem is a 2x2 convolution without padding, which costs a row and a column.
    lost = 0 if spec.family == "keras-blocks" else 1
    rows, columns = ((side - lost) // 2 ** len(spec.stage_widths) for side in (height, width))
    if rows < 1 or columns < 1:
        raise RequestError.expected(
            "images",
            f"at least {2 ** len(spec.stage_widths) + lost} pixels a side for this recipe",
            f"{height}x{width}",
            "Use larger images or a recipe with fewer stages.",
        )
    # Whitening takes every direction a 2x2 patch can vary in, and its negative.
    stem_width = 2 * 2 * 2 * channels if spec.stem_width == "whitened" else spec.stem_width
    widths = (stem_width, *spec.stage_widths)
    if spec.family == "keras-blocks":
        return _keras_blocks(channels, widths), widths[-1] * rows * columns
    trunk = _modern(channels, widths, spec)
    if spec.stem_width == "whitened":
        trunk[0].weight.requires_grad_(False)
    return trunk, widths[-1]


def num_stages(spec: AnyTrunkSpec) -> int:
    """How many stages a trunk has, which is how late it can fork; a `timm` one is all one stage.

    Example:
        >>> from taskgraft.recipe import TrunkSpec
        >>> num_stages(TrunkSpec(family="compact", stem_width=8, stage_widths=(16, 32)))
        2
    """
    return 1 if spec.family == "timm" else len(spec.stage_widths)


def stretch(trunk: nn.Sequential, spec: AnyTrunkSpec, start: int, end: int) -> nn.Sequential:
    """The part of a trunk between two forks, each a number of stages; its layers keep their names.

    Args:
        trunk: As `build_trunk` gave it.
        spec: What it was built of.
        start: Stages before the part. At 0 it begins with the stem.
        end: Stages up to its end. If that is all of them, it ends with the features.
    """
    before_first_stage = 2
    cuts = {0: 0, num_stages(spec): len(trunk)}
    first, last = (cuts.get(fork, before_first_stage + fork) for fork in (start, end))
    return nn.Sequential(OrderedDict(list(trunk.named_children())[first:last]))


def _keras_blocks(channels: int, widths: Sequence[int]) -> nn.Sequential:
    stages = [keras_stage(a, b) for a, b in zip(widths, widths[1:], strict=False)]
    stem = nn.Conv2d(channels, widths[0], 3, padding="same")
    return nn.Sequential(stem, nn.ReLU(), *stages, nn.Flatten())


def _modern(channels: int, widths: Sequence[int], spec: TrunkSpec) -> nn.Sequential:
    pairs = zip(widths, widths[1:], strict=False)
    stem = (nn.Conv2d(channels, widths[0], 2), nn.SiLU())
    if spec.family == "residual":
        stages = [residual_stage(a, b, shape) for (a, b), shape in zip(pairs, spec.stages, strict=True)]
        return nn.Sequential(*stem, *stages, MaxPlusMean(), nn.Flatten())
    stages = [compact_stage(a, b, spec.stage_depth) for a, b in pairs]
    return nn.Sequential(*stem, *stages, nn.AdaptiveMaxPool2d(1), nn.Flatten())
