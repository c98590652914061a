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
from taskgraft.recipe._recipe import Recipe

LARGEST_SIDE = 512


def follow_images(
    recipe: Recipe, image_shape: tuple[int, int, int], is_set: Collection[str] = NOTHING_SET
) -> Recipe:
    """The recipe for images of a size; itself for images no larger than those it is made for.

    Larger images have more stages to go through, one for each doubling of the shorter side, put in front
    of the trunk: the first sees the most pixels and is the narrowest, so that the cost hardly grows and the
    last map is about as small as ever. Shifts grow with the side. What comes out follows images of this size
    already: it does not change again.

    Args:
        recipe: Any; one whose trunk does not follow images comes back as it is.
        image_shape: Channels, height and width.
        is_set: Key paths of values that stay: a trunk whose widths are set gets no more stages.

    Raises:
        RequestError: For images of more than 512 pixels a side.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> follow_images(recipe("fast"), (3, 128, 128)).network.trunk.stage_widths
        (16, 32, 64, 256, 768)
    """
    trunk = recipe.network.trunk
    if not trunk.follows_images:
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
    widths = tuple(f"network.trunk.{name}" for name in trunk.width_fields)
    if not any(path.startswith(widths) for path in is_set):
        more = trunk.with_stages_in_front(round(math.log2(ratio)))
        values = {f"network.trunk.{name}": getattr(more, name) for name in trunk.width_fields}
    if isinstance(recipe.augmentation, FlipShift):
        values["augmentation.max_shift"] = round(recipe.augmentation.max_shift * ratio)
    # A mark of what has been followed, whoever set it.
    return changed(derived(recipe, values, is_set), {"side_pixels": min(height, width)})
