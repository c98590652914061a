"""A recipe made to follow the processor: networks that are slower in bf16 compute in f32."""

from __future__ import annotations

from collections.abc import Collection

from taskgraft.hardware import Hardware
from taskgraft.network import depthwise_share
from taskgraft.recipe import NOTHING_SET, Recipe, derived

# docs/decisions/0051.
_MOST_DEPTHWISE = 0.01


def follow_hardware(
    recipe: Recipe,
    image_shape: tuple[int, int, int],
    hardware: Hardware,
    is_set: Collection[str] = NOTHING_SET,
) -> Recipe:
    """The recipe in f32 where a CPU would compute depthwise convolutions in bf16; else itself.

    A rule and no trial: the same study makes the same choice on every day, however busy the machine is.

    Args:
        recipe: Any.
        image_shape: Channels, height and width.
        hardware: What it is to be trained on.
        is_set: Key paths of values that stay.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> from taskgraft.training import with_trunk
        >>> small = with_trunk(recipe("quick"), "timm/mobilenetv3_small_050")
        >>> native = Hardware("cpu", "bf16", channels_last=True, num_threads=1)
        >>> follow_hardware(small, (3, 64, 64), native).precision
        'f32'
    """
    if (hardware.device, hardware.precision) != ("cpu", "bf16"):
        return recipe
    if depthwise_share(recipe.network.trunk, image_shape) <= _MOST_DEPTHWISE:
        return recipe
    return derived(recipe, {"precision": "f32"}, is_set)
