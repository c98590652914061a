"""One network of one recipe, ready to be measured in every way the bench knows."""

from __future__ import annotations

from taskgraft.architecture.spec import Architecture
from taskgraft.bench.inference import InferenceBench
from taskgraft.bench.loop import LoopSample, measure_loop
from taskgraft.bench.tutorial import TutorialLoop
from taskgraft.data.dataset import Dataset
from taskgraft.hardware.device import Hardware
from taskgraft.training.recipe import Recipe

BATCH_SIZES = (256, 1)


class Subject:
    """Our loop, the tutorial's and both ways of predicting, on the same network.

    Args:
        architecture: Who shares the trunk and what flows.
        recipe: Its network and training.
        data: What on.
        hardware: Where and how ours computes.
    """

    def __init__(self, architecture: Architecture, recipe: Recipe, data: Dataset, hardware: Hardware) -> None:
        self.name = f"{recipe.name}.{architecture.name}"
        self._asked = (architecture, data, recipe, hardware)
        # The tutorials know nothing of growing images: what is compared with them trains at full size, too.
        self._full_size = (architecture, data, recipe.model_copy(update={"growth": ()}), hardware)
        self._tutorial = TutorialLoop(*self._full_size)
        first = measure_loop(*self._full_size, num_steps=1)
        self._step_seconds = min(recipe.batch_size, data.num_images["train"]) / first.images_per_second
        self.inference = {size: InferenceBench(*self._asked, size) for size in BATCH_SIZES}

    def loop(self, seconds: float) -> LoopSample:
        """Our loop, with the recipe's growing images if it has any."""
        return measure_loop(*self._asked, num_steps=self._num_steps(seconds))

    def speedup_over_tutorial(self, seconds: float) -> float:
        """Images a second of our loop over the tutorial's, both at full size, one after the other."""
        num_steps = self._num_steps(seconds)
        ours = measure_loop(*self._full_size, num_steps=num_steps)
        return ours.images_per_second / self._tutorial.images_per_second(max(1, num_steps // 2))

    def _num_steps(self, seconds: float) -> int:
        return max(1, round(seconds / self._step_seconds))
