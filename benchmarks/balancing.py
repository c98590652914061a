"""`python -m benchmarks.balancing`: what comparing the gradients of levels costs, beside the plain step."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.command import run_main
from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.data.sources import from_arrays
from taskgraft.events import BatchServed, RunEvent, StepDone
from taskgraft.hardware import choose_hardware
from taskgraft.printing import say_json
from taskgraft.recipe import recipe
from taskgraft.training import Job, training_events

_WARM_UP = 2


def main(
    name: str = "fast",
    balancings: str = "fixed,mean,upgrad,pcgrad,gradnorm,famo",
    at: str = "features",
    levels: int = 2,
    batch: int = 256,
    rounds: int = 9,
) -> None:
    """CPU seconds of a step of `shared`, in alternation; each is divided by the first of its round."""
    hardware = choose_hardware("cpu", 1)
    data = _data(levels, max(2 * batch, 320))
    architecture = catalogue(data.taxonomy.level_names)["shared"]
    runs: dict[str, Iterator[RunEvent]] = {}
    for kind in balancings.split(","):
        settings = {"balancing": kind, "batch_size": batch, "epochs": rounds + _WARM_UP, "growth": []}
        if "at" in type(recipe(name, settings).balancing).model_fields:
            settings["balancing.at"] = at
        job = Job(architecture, data, recipe(name, settings), hardware)
        runs[kind] = training_events(job, 0)
    seconds: dict[str, list[float]] = {kind: [] for kind in runs}
    for number in range(rounds + _WARM_UP):
        for kind, events in runs.items():
            spent = _seconds_of_next_step(events)
            if number >= _WARM_UP:
                seconds[kind].append(spent)
    first = seconds[next(iter(runs))]
    ratios = {
        kind: [one / plain for one, plain in zip(each, first, strict=True)] for kind, each in seconds.items()
    }
    say_json(
        {
            "recipe": name,
            "levels": levels,
            "batch": batch,
            "at": at,
            "torch": torch.__version__,
            "ratio": {kind: round(statistics.median(each), 3) for kind, each in ratios.items()},
            "of": rounds,
        }
    )


def _data(num_levels: int, num_images: int) -> Dataset:
    """Noise, with a tree of twos: how long a step takes does not depend on what there is to see."""
    rng = np.random.default_rng(0)
    leaves = np.arange(num_images) % 2**num_levels
    columns = {f"level {level}": leaves >> (num_levels - level) for level in range(1, num_levels + 1)}
    images = rng.integers(256, size=(num_images, 3, 32, 32), dtype=np.uint8)
    return from_arrays(images, columns, val=0.1, test=0.1)


def _seconds_of_next_step(events: Iterator[RunEvent]) -> float:
    """From a batch to moved weights."""
    started = 0.0
    for event in events:
        if isinstance(event, BatchServed):
            started = time.process_time()
        if isinstance(event, StepDone):
            return time.process_time() - started
    raise AssertionError("fewer steps than rounds")


if __name__ == "__main__":
    run_main(main)
