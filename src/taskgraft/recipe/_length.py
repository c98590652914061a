"""A recipe made to follow the number of images: a small train split gets small batches and more epochs."""

from __future__ import annotations

import math
from collections.abc import Collection

from taskgraft.history import MOST_EPOCHS
from taskgraft.recipe._derived import NOTHING_SET, derived
from taskgraft.recipe._recipe import Recipe

# Below it a batch says little of what its classes have in common, and of the statistics of a batch norm.
FEWEST_IN_BATCH = 16


def follow_length(recipe: Recipe, num_train: int, is_set: Collection[str] = NOTHING_SET) -> Recipe:
    """The recipe with batches and epochs that make as many steps as it wants; itself where they do.

    Batches are halved first, which costs no more arithmetic, but not below 16 images. Then epochs are added.

    Args:
        recipe: Any; one without `min_steps` comes back as it is.
        num_train: Train images.
        is_set: Key paths of values that stay.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> short = follow_length(recipe("finetune"), 1142)
        >>> short.batch_size, short.epochs
        (16, 22.0)
        >>> follow_length(recipe("finetune"), 60_000) == recipe("finetune")
        True
    """
    batch_size = min(recipe.batch_size, num_train)
    if _steps(recipe.epochs, batch_size, num_train) >= recipe.min_steps:
        return recipe
    if "batch_size" not in is_set:
        while batch_size // 2 >= FEWEST_IN_BATCH:
            batch_size //= 2
            if _steps(recipe.epochs, batch_size, num_train) >= recipe.min_steps:
                break
    # Whole ones, since each ends with a score on the val split.
    epochs = math.ceil(recipe.min_steps / (num_train // batch_size))
    values = {"batch_size": batch_size, "epochs": float(min(max(epochs, recipe.epochs), MOST_EPOCHS))}
    return derived(recipe, values, is_set)


def _steps(epochs: float, batch_size: int, num_train: int) -> int:
    return round(epochs * (num_train // batch_size))
