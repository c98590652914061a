"""`python -m benchmarks.forecasts`: do runs take as long as `--dry-run` says?

Each short run is forecast before and after it, and what it took is set beside the mean of both: in CPU
seconds, which say how good the forecast is on a quiet machine, and by the clock. Above 1, a run took longer
than was said.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Annotated

import numpy as np
import typer

from benchmarks.command import run_main
from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.data.sources import from_arrays
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.printing import say, say_json
from taskgraft.recipe import RECIPES, Recipe, TimmTrunkSpec, changed, follow_images
from taskgraft.training import Job, follow_hardware, measure_pace, num_batches, train

_NUM_VAL, _NUM_CLASSES = 128, 16
_MODERN = "tf_efficientnet_lite0"


@dataclass(frozen=True)
class Case:
    """A short run.

    Attributes:
        recipe: Its name.
        side: Of the images, in pixels.
        batch_size: Images a step.
        num_steps: Of the run.
        architecture: By name.
    """

    recipe: str
    side: int
    batch_size: int
    num_steps: int
    architecture: str = "shared"

    def job(self, hardware: Hardware) -> Job:
        """The run without its seed, on pixels of noise: what they show changes no time."""
        data = _noise(self.side, self.batch_size * 8)
        wanted = RECIPES[self.recipe]()
        if wanted.network.trunk.family == "timm":
            # Random weights take as long.
            trunk = TimmTrunkSpec(backbone=_MODERN)
            wanted = wanted.model_copy(
                update={"network": wanted.network.model_copy(update={"trunk": trunk}), "frozen_ratio": 0.0}
            )
        wanted = changed(wanted, {"batch_size": self.batch_size, "early_stop": "none"})
        epochs = self.num_steps / num_batches(wanted, data)
        wanted = follow_images(changed(wanted, {"epochs": epochs}), data.image_shape)
        fitted: Recipe = follow_hardware(wanted, data.image_shape, hardware)
        return Job(catalogue(data.taxonomy.level_names)[self.architecture], data, fitted, hardware)


CASES = (
    Case("quick", 32, 32, 400),
    Case("quick", 64, 16, 200),
    Case("compact", 32, 64, 16),
    Case("fast", 32, 256, 8),
    Case("fast", 32, 256, 6, "independent"),
    Case("original", 32, 64, 8),
    Case("finetune", 64, 16, 24),
    Case("finetune", 128, 16, 8),
)


def _noise(side: int, num_train: int) -> Dataset:
    total = num_train + _NUM_VAL + _NUM_CLASSES
    images = np.random.default_rng(0).integers(0, 256, (total, 3, side, side), dtype=np.uint8)
    classes, positions = np.arange(total) % _NUM_CLASSES, np.arange(total)
    labels = {"kind": (classes // 4).tolist(), "thing": classes.tolist()}
    val, test = positions[num_train : num_train + _NUM_VAL], positions[num_train + _NUM_VAL :]
    return from_arrays(images, labels, val=val, test=test)


def ratios(case: Case, rounds: int, hardware: Hardware) -> Iterator[tuple[float, float]]:
    """For each round what a run took over what was forecast: in CPU seconds, and by the clock."""
    job = case.job(hardware)
    for seed in range(rounds):
        before = measure_pace(job)
        began, cpu_began = time.perf_counter(), time.process_time()
        train(job.architecture, job.data, job.recipe, seed, hardware)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
        paces = before, measure_pace(job)
        by_cpu = mean(pace.seconds(job) / pace.busy for pace in paces)
        yield cpu_seconds / by_cpu, seconds / mean(pace.seconds(job) for pace in paces)


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main(
    rounds: Annotated[int, typer.Option(help="Runs of each.")] = 3,
    threads: Annotated[int, typer.Option(help="Of each run.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print all ratios as JSON.")] = False,
) -> None:
    """Trains short runs, and prints what they took over what was forecast."""
    hardware = choose_hardware("cpu", threads)
    every = {case: list(ratios(case, rounds, hardware)) for case in CASES}
    if as_json:
        say_json([{**vars(case), "ratios": each} for case, each in every.items()])
        return
    say("recipe     side  batch  steps  architecture   took / forecast: CPU        clock")
    for case, each in every.items():
        say(
            f"{case.recipe:9}  {case.side:>4}  {case.batch_size:>5}  {case.num_steps:>5}  "
            f"{case.architecture:13}  " + "  ".join(_spread(values) for values in zip(*each, strict=True))
        )


if __name__ == "__main__":
    run_main(main)
