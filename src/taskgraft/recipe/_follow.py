"""A recipe made to follow the size of the images: stages put in front, shifts grown in proportion."""

from __future__ import annotations

import math

from taskgraft.errors import RequestError
from taskgraft.recipe._augmentation import FlipShift
from taskgraft.recipe._recipe import Recipe

LARGEST_SIDE = 224


def follow_images(recipe: Recipe, image_shape: tuple[int, int, int]) -> Recipe:
    """The recipe for images of a size; itself for images no larger than those it is made for.

    Larger images have more stages to go through, one for each doubling of the shorter side, put in front
    of the trunk: the first sees the most pixels and is the narrowest, so that the cost hardly grows and the
    last map is about as small as ever. Shifts grow with the side. A recipe that has followed an image size
    has followed it: it may be asked again.

    Args:
        recipe: Any; one whose trunk does not follow images comes back as it is.
        image_shape: Channels, height and width.

    Raises:
        RequestError: For images of more than 224 pixels a side.

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
            "Resize them with --size.",
        )
    ratio = min(height, width) / recipe.side_pixels
    if ratio <= 1:
        return recipe
    trunk = trunk.with_stages_in_front(round(math.log2(ratio)))
    augmentation = recipe.augmentation
    if isinstance(augmentation, FlipShift):
        shift = round(augmentation.max_shift * ratio)
        augmentation = augmentation.model_copy(update={"max_shift": shift})
    return recipe.model_copy(
        update={
            "network": recipe.network.model_copy(update={"trunk": trunk}),
            "augmentation": augmentation,
            "side_pixels": min(height, width),
        }
    )
