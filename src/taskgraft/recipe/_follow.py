"""A recipe made to follow the size of the images: stages put in front, shifts grown in proportion."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.recipe._augmentation import FlipShift
from taskgraft.recipe._changes import changed
from taskgraft.recipe._derived import NOTHING_SET, derived
from taskgraft.recipe._network_spec import TimmTrunkSpec, TrunkSpec
from taskgraft.recipe._recipe import Recipe

LARGEST_SIDE = 224

# Narrower stages leave the processor idle and save nothing.
_NARROWEST = 16
_WIDTHS = ("stage_widths", "stages", "stem_width")


def follow_images(
    recipe: Recipe, image_shape: tuple[int, int, int], is_set: Collection[str] = NOTHING_SET
) -> Recipe:
    """The recipe for images of a size; itself for images no larger than those it is made for.

    Larger images have more stages to go through, one for each doubling of the shorter side, put in front
    of the trunk: the first sees the most pixels and is the narrowest, so that the cost hardly grows and the
    last map is about as small as ever. Shifts grow with the side. What comes out follows images of this size
    already: it does not change again.

    Args:
        recipe: Any; one with a trunk from timm comes back as it is.
        image_shape: Channels, height and width.
        is_set: Key paths of values that stay: a trunk whose widths are set gets no more stages.

    Raises:
        RequestError: For images of more than 224 pixels a side.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> follow_images(recipe("fast"), (3, 128, 128)).network.trunk.stage_widths
        (16, 32, 64, 256, 768)
    """
    trunk = recipe.network.trunk
    if isinstance(trunk, TimmTrunkSpec):
        return recipe
    _, height, width = image_shape
    # How small they may be is for the trunk to say.
    if max(height, width) > LARGEST_SIDE:
        raise RequestError.expected(
            "images",
            f"of at most {LARGEST_SIDE} pixels a side",
            f"{height}x{width}",
            f"Resize them with {Parameter('size')}.",
        )
    ratio = min(height, width) / recipe.side_pixels
    if ratio <= 1:
        return recipe
    values: dict[str, Any] = {}
    if not _has_widths_set(trunk, is_set):
        more = _with_stages_in_front(trunk, round(math.log2(ratio)))
        values = {f"network.trunk.{name}": getattr(more, name) for name in _WIDTHS}
    if isinstance(recipe.augmentation, FlipShift):
        values["augmentation.max_shift"] = round(recipe.augmentation.max_shift * ratio)
    # A mark of what has been followed, whoever set it.
    return changed(derived(recipe, values, is_set), {"side_pixels": min(height, width)})


def _has_widths_set(trunk: TrunkSpec, is_set: Collection[str]) -> bool:
    names = ("stage_widths", "stem_width", *(["stages"] if trunk.stages else []))
    return any(path.startswith(tuple(f"network.trunk.{name}" for name in names)) for path in is_set)


def _with_stages_in_front(trunk: TrunkSpec, num_stages: int) -> TrunkSpec:
    """The trunk with stages in front, each half as wide as the next, and a stem no wider than the first."""
    widths, stages = trunk.stage_widths, trunk.stages
    for _ in range(num_stages):
        # A trunk that is narrower still does not widen towards the front.
        widths = (min(widths[0], max(_NARROWEST, widths[0] // 2)), *widths)
        if stages:
            inner = max(1, stages[0].inner_width * widths[0] // widths[1])
            stages = (stages[0].model_copy(update={"inner_width": inner}), *stages)
    stem = trunk.stem_width
    if num_stages and stem != "whitened":
        stem = min(stem, widths[0])
    return trunk.model_copy(update={"stage_widths": widths, "stages": stages, "stem_width": stem})
