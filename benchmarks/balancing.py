"""`python -m benchmarks.balancing`: what comparing the gradients of levels costs, beside the plain step."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import torch

from benchmarks.command import run_main
from taskgraft.architecture import catalogue
from taskgraft.data.sources import load
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
    data = load("shapes", num_levels=levels, num_train=max(2 * batch, 320), num_test=64)
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
