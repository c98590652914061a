"""One network of one recipe, ready to be measured in every way the bench knows."""

from __future__ import annotations

from pathlib import Path

from benchmarks.answers import AnswersBench
from benchmarks.baseline import Baseline
from benchmarks.checkpoint import checkpoint_share, save_seconds
from benchmarks.exported import onnx_runtime
from benchmarks.inference import InferenceBench, Latency
from benchmarks.loop import LoopSample, measure_loop
from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware
from taskgraft.recipe import Recipe
from taskgraft.training import train_pflop

BATCH_SIZES = (256, 1)

# Of what the machine does at most, in training.
_USUAL_SHARE = 0.7


class Subject:
    """Our loop, the tutorials' and both ways of predicting, on the same network.

    Args:
        architecture: Who shares the trunk and what flows.
        recipe: Its network and training.
        data: What on.
        hardware: Where and how ours computes.
        baseline: Runs what ours is compared with.
        gflop_rate: What the machine does at most, to know how many steps fill a time.
    """

    def __init__(
        self,
        architecture: Architecture,
        recipe: Recipe,
        data: Dataset,
        hardware: Hardware,
        baseline: Baseline,
        gflop_rate: float,
    ) -> None:
        self.name = f"{recipe.name}.{architecture.name}"
        self._architecture, self._recipe, self._data = architecture, recipe, data
        self._baseline = baseline
        self._what = (architecture, data, recipe, hardware)
        # The tutorials have no growing images: what is compared with them trains at full size, too.
        self._full_size = (architecture, data, recipe.model_copy(update={"growth": ()}), hardware)
        self._answers = AnswersBench(architecture, data, recipe)
        exported = onnx_runtime(*self._what)
        self._inference = {size: InferenceBench(*self._what, size, exported) for size in BATCH_SIZES}
        a_step = train_pflop(architecture, self._full_size[2], data, steps=1) * 1e6
        self._step_seconds = a_step / (_USUAL_SHARE * gflop_rate)

    def loop(self, seconds: float) -> LoopSample:
        """Our loop, with the recipe's growing images if it has any."""
        return measure_loop(*self._what, num_steps=self._num_steps(seconds))

    def speedup_over_tutorial(self, seconds: float) -> float:
        """Images a second of our loop over the tutorials', both at full size, one after the other."""
        num_steps = self._num_steps(seconds)
        ours = measure_loop(*self._full_size, num_steps=num_steps)
        theirs = self._baseline.images_per_second(self._architecture, self._recipe, max(1, num_steps // 2))
        return ours.images_per_second / theirs

    def checkpoint_share(self, images_per_second: float, folder: Path) -> float:
        """What saving takes of a whole run at this rate; a save is made, into the folder, and timed."""
        batch_size = min(self._recipe.batch_size, self._data.num_images["train"])
        seconds = save_seconds(*self._what, folder)
        return checkpoint_share(seconds, batch_size / images_per_second, self._recipe, self._data)

    def latency(self, batch_size: int, num_calls: int) -> Latency:
        """Our engine's calls and the eager network's."""
        return self._inference[batch_size].measure(
            num_calls,
            lambda count: self._baseline.eager_seconds(self._architecture, self._recipe, batch_size, count),
        )

    def answers_ratio(self, num_calls: int) -> float:
        """Time of `Model.predict` over that of its bare predictor, on the same stack of images."""
        return self._answers.ratio(num_calls)

    def _num_steps(self, seconds: float) -> int:
        return max(1, round(seconds / self._step_seconds))
