"""Our training loop with everything it does, timed from inside while it trains."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.events import BatchServed, RunEvent, StepDone, TrainingStarted, WeightsMoved
from taskgraft.hardware import Hardware, synchronise
from taskgraft.recipe import Recipe
from taskgraft.training import num_batches, train, train_pflop

# Of each image size: memory is first asked for, and kernels are chosen, in a step that is not counted.
_NUM_WARM = 1
_MOST_SIZES = 6


@dataclass(frozen=True)
class LoopSample:
    """What some steps of a run took.

    Attributes:
        images_per_second: Images trained on.
        gflop_per_second: Operations of convolutions and dense layers, 6 a multiply-accumulate, in 1e9.
        data_share: Share of the time spent on batching, augmenting and resizing images.
        other_share: Share spent neither on data nor in the network, its loss and its optimizer.
    """

    images_per_second: float
    gflop_per_second: float
    data_share: float
    other_share: float


def thinned(growth: Sequence[float]) -> tuple[float, ...]:
    """The sizes of a run in few parts of equal length, so that few steps show what many of them take.

    Example:
        >>> thinned((0.5, 1.0)), thinned([0.625] * 3 + [0.75] * 7 + [1.0] * 10)
        ((0.5, 1.0), (0.625, 0.75, 0.75, 1.0, 1.0, 1.0))
    """
    parts = min(len(growth), _MOST_SIZES)
    return tuple(growth[(2 * part + 1) * len(growth) // (2 * parts)] for part in range(parts))


def measure_loop(
    architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware, num_steps: int
) -> LoopSample:
    """Trains for a few steps of each image size of the recipe and measures all but the first of each.

    Args:
        architecture: What is trained.
        data: What on; not less than a batch.
        recipe: Its batch size, optimizer, augmentation and image sizes are used as they are.
        hardware: Where and how to compute.
        num_steps: Steps to count for each image size.
    """
    growth = thinned(recipe.growth)
    num_sizes = max(1, len(growth))
    planned = num_sizes * (_NUM_WARM + num_steps)
    short = recipe.model_copy(
        update={"epochs": planned / num_batches(recipe, data), "early_stop": None, "growth": growth}
    )
    clock = _StepClock(hardware.device, _NUM_WARM + num_steps)
    train(architecture, data, short, 0, hardware, listener=clock)
    images = num_sizes * num_steps * min(recipe.batch_size, data.num_images["train"])
    gflop = train_pflop(architecture, short, data) * 1e6 * num_steps / (_NUM_WARM + num_steps)
    total = clock.data_seconds + clock.network_seconds + clock.other_seconds
    return LoopSample(images / total, gflop / total, clock.data_seconds / total, clock.other_seconds / total)


class _StepClock:
    """A listener that adds up where the time of the counted steps goes."""

    def __init__(self, device: str, num_per_size: int) -> None:
        self._device = device
        self._num_per_size = num_per_size
        self.data_seconds = self.network_seconds = self.other_seconds = 0.0

    def __call__(self, event: RunEvent) -> None:
        match event:
            case TrainingStarted():
                self._step = 0
                self._last = self._now()
            case BatchServed():
                self.data_seconds += self._lap()
            case WeightsMoved():
                self.network_seconds += self._lap()
            case StepDone():
                self.other_seconds += self._lap()
                self._step = event.step

    def _lap(self) -> float:
        """Seconds since the last mark; 0 in a step that is not counted."""
        before, self._last = self._last, self._now()
        return self._last - before if self._step % self._num_per_size >= _NUM_WARM else 0.0

    def _now(self) -> float:
        synchronise(self._device)
        return time.perf_counter()
