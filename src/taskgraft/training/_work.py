"""The arithmetic a run takes: the measure of its cost that no machine can change."""

from __future__ import annotations

from collections import Counter

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.network import Cost, cost
from taskgraft.recipe import Recipe
from taskgraft.training._batches import num_steps
from taskgraft.training._freezing import num_frozen
from taskgraft.training._growth import scaled_shape, side_ratio


def train_pflop(architecture: Architecture, recipe: Recipe, data: Dataset, steps: int | None = None) -> float:
    """Floating-point operations of a run's training, in units of 1e15.

    Forward and backward take 3 x 2 operations a multiply-accumulate of convolutions and dense layers, counted
    at the size the images had in each step; through a frozen trunk there is no way back, which leaves 2 a
    multiply-accumulate. The optimizer and the scoring are not counted.

    Args:
        architecture: What is trained.
        recipe: Batch size, length and sizes of the images.
        data: What on.
        steps: Steps that were trained; by default all of the recipe's.
    """
    planned = num_steps(recipe, data)
    batch_size = min(recipe.batch_size, data.num_images["train"])
    frozen = num_frozen(recipe, planned)
    steps_at = Counter(
        (side_ratio(recipe.growth, step, planned), step < frozen) for step in range(steps or planned)
    )
    costs = {
        ratio: cost(
            architecture, recipe.network, data.taxonomy.num_classes, scaled_shape(data.image_shape, ratio)
        )
        for ratio, _ in steps_at
    }
    done = (
        operations(costs[ratio], is_frozen=is_frozen) * batch_size * count
        for (ratio, is_frozen), count in steps_at.items()
    )
    return sum(done) / 1e15


def operations(of: Cost, *, is_frozen: bool) -> int:
    """Of a step, for one image: what a trunk that is frozen, or not, and the branches behind it take."""
    return 6 * of.macs - (4 * of.trunk_macs if is_frozen else 0)
