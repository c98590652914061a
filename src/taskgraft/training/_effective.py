"""What of a recipe has a say in a training on some data: two recipes of the same values train the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

from taskgraft.data import Dataset
from taskgraft.recipe import Crop, Recipe, recipe_values
from taskgraft.training._batches import num_batches, num_steps
from taskgraft.training._freezing import num_frozen
from taskgraft.training._growth import scaled_shape

# The name, and what images the recipe was made for before it was made to fit these.
# The fewest steps are derived into batch and epochs.
_NO_SAY = ("name", "side_pixels", "min_steps")
# Of a file its digest counts, where it has one, and not its place.
_DIGESTS = {
    "network.trunk.weights": "network.trunk.weights_sha256",
    "start.model": "start.sha256",
    "start.renames": "start.renames_sha256",
}


def effective_values(recipe: Recipe, data: Dataset) -> frozenset[tuple[str, Hashable]]:
    """The values that a training depends on, by key path, each as the training sees it.

    Args:
        recipe: Made to fit the data.
        data: Its train split and its levels.

    Example:
        >>> from taskgraft.data.sources import load
        >>> from taskgraft.recipe import recipe
        >>> data = load("shapes", num_train=320, num_test=64)
        >>> large, larger, small = (recipe("quick", {"batch_size": size}) for size in (299, 300, 32))
        >>> effective_values(large, data) == effective_values(larger, data)
        True
        >>> effective_values(large, data) == effective_values(small, data)
        False
    """
    values = recipe_values(recipe)
    for path in (*_NO_SAY, *(file for file, digest in _DIGESTS.items() if values.get(digest))):
        values.pop(path, None)
    steps, sides = num_steps(recipe, data), tuple(_sides(recipe, data))
    values |= {
        "batch_size": min(recipe.batch_size, data.num_images["train"]),
        "epochs": steps,
        "warmup_ratio": 0 if recipe.schedule == "constant" else round(recipe.warmup_ratio * steps),
        "growth": sides,
        "frozen_ratio": num_frozen(recipe, steps),
        "balance_levels": _balanced(recipe, data),
    }
    if recipe.early_stop is not None and recipe.early_stop.patience * num_batches(recipe, data) >= steps:
        values = {path: value for path, value in values.items() if not path.startswith("early_stop.")}
        values["early_stop"] = None
    if num_frozen(recipe, steps) == steps:
        # Nothing moves the trunk, and it is run as for a prediction.
        values |= {"trunk_rate_ratio": 1.0, "trunk_statistics": "kept"}
        values |= {path: 0.0 for path in values if path == "network.trunk.drop_path"}
    if recipe.augmentation is not None:
        values |= {f"augmentation.{name}": None for name in recipe.augmentation.unused}
    if isinstance(recipe.augmentation, Crop):
        values["augmentation.stored_ratio"] = round(data.image_shape[1] * recipe.augmentation.stored_ratio)
    if not (recipe.network.branch.fc_1 or recipe.network.branch.fc_2):
        values["network.branch.dropout"] = 0.0
    return frozenset((path, _hashable(value)) for path, value in values.items())


def _sides(recipe: Recipe, data: Dataset) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """From which step on train images have which shape."""
    last, steps = None, num_steps(recipe, data)
    parts = recipe.growth or (1.0,)
    for place, ratio in enumerate(parts):
        # The first step of this part, and of the next: a part may have none.
        first, end = (-(-each * steps // len(parts)) for each in (place, place + 1))
        shape = scaled_shape(data.image_shape, ratio)
        if first < end and shape != last:
            yield first, shape
            last = shape


def _balanced(recipe: Recipe, data: Dataset) -> tuple[str, ...]:
    """The levels that are balanced."""
    levels = data.taxonomy.level_names
    if recipe.balance == "none" or recipe.balance_levels:
        return tuple(sorted(recipe.balance_levels))
    return tuple(sorted(levels)) if recipe.balance == "loss" else levels[-1:]


def _hashable(value: Any) -> Hashable:
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value
