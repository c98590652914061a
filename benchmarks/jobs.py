"""`python -m benchmarks.jobs`: the same four runs by one job, by two, and by one of two threads.

What is fastest depends on the size of the network's step, so there are three sizes. Every round measures each
way once, on random images. How much of the processor others took meanwhile stands beside each figure.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from benchmarks.command import bench_app, run_app
from benchmarks.images import random_images
from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.errors import TaskgraftError
from taskgraft.events import RunEvent, StepDone, TrainingStarted
from taskgraft.execution import RunEnded, RunProgress, StudyEnded, StudyEvent, plan_study, run_plan
from taskgraft.hardware import choose_hardware, num_cores, using_threads
from taskgraft.network import cost
from taskgraft.printing import note, say, say_json
from taskgraft.recipe import Recipe, recipe
from taskgraft.request import CompareOptions
from taskgraft.training import Job, training_events

SEEDS = 4
WAYS = ((1, 1), (2, 1), (1, 2))
# The ratio of widths that makes ten times the multiply-accumulates.
_WIDER = 10**0.5
_STAT = Path("/proc/stat")


@dataclass(frozen=True)
class Size:
    """A network of one size, and how long it is trained.

    Attributes:
        name: What the table calls it.
        recipe: Network, batch and optimizer; images do not grow.
        num_steps: Of each run.
    """

    name: str
    recipe: Recipe
    num_steps: int

    @property
    def num_train(self) -> int:
        """Train images of an epoch."""
        return self.recipe.batch_size * self.num_steps

    def step_gmac(self, data: Dataset) -> float:
        """Multiply-accumulates of a step, forward, in 1e9."""
        shared = catalogue(data.taxonomy.level_names)["shared"]
        size = cost(shared, self.recipe.network, data.taxonomy.num_classes, data.image_shape)
        return size.macs * self.recipe.batch_size / 1e9


@dataclass(frozen=True)
class Sample:
    """What one way took.

    Attributes:
        start_seconds: Until the first run began to train: processes and their imports.
        seconds: From there until the last run was written.
        cpu_seconds: Of all its processes, start included.
        other_share: Of the cores, what other processes took meanwhile; 0 where the system does not say.
    """

    start_seconds: float
    seconds: float
    cpu_seconds: float
    other_share: float


def sizes() -> tuple[Size, ...]:
    """`quick`, `compact`, and `compact` widened to ten times the operations."""
    quick, compact = (
        recipe(name).model_copy(update={"growth": (), "epochs": 1.0}) for name in ("quick", "compact")
    )
    network = compact.network
    wide = network.model_copy(update={"trunk": network.trunk.scaled(_WIDER)})
    large = compact.model_copy(update={"network": wide, "batch_size": 128})
    compact = compact.model_copy(update={"batch_size": 256})
    return Size("quick", quick, 40), Size("compact", compact, 5), Size("compact x 10", large, 3)


def measure(size: Size, data: Dataset, num_jobs: int, num_threads: int) -> Sample:
    """Trains `shared` from four seeds in one way."""
    moments: dict[str, float] = {}

    def listen(event: StudyEvent) -> None:
        now = time.perf_counter()
        if isinstance(event, RunProgress) and isinstance(event.event, TrainingStarted):
            moments.setdefault("trains", now)
        elif isinstance(event, RunEnded):
            moments["ended"] = now
        elif isinstance(event, StudyEnded):
            moments["cpu"] = _cpu_seconds()

    with tempfile.TemporaryDirectory(prefix="taskgraft-jobs-") as folder:
        given = {
            "architectures": "shared",
            "recipe": size.recipe,
            "seeds": SEEDS,
            "out": Path(folder) / "study",
            "jobs": num_jobs,
            "num_threads": num_threads,
            "device": "cpu",
        }
        plan = plan_study(CompareOptions.of(given), data)
        started, before, all_before = time.perf_counter(), _cpu_seconds(), _busy_seconds()
        study = run_plan(plan, listen)
        others = _busy_seconds() - all_before - (_cpu_seconds() - before)
        wall = time.perf_counter() - started
    if study.failures:
        raise TaskgraftError(study.failures[0].message)
    return Sample(
        start_seconds=moments["trains"] - started,
        seconds=moments["ended"] - moments["trains"],
        cpu_seconds=moments["cpu"] - before,
        other_share=max(0.0, others / wall / num_cores()),
    )


def _cpu_seconds() -> float:
    """Of this process and of those that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _busy_seconds() -> float:
    """Processor time of everything that runs on this machine, since it began."""
    if not _STAT.exists():
        return 0.0
    user, nice, system, _, _, *interrupts = map(int, _STAT.read_text().split("\n")[0].split()[1:8])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def measure_all(chosen: Iterable[Size], num_rounds: int) -> list[dict[str, object]]:
    """A row for each size and way: medians over the rounds, in which all are measured in turn."""
    subjects = [(size, random_images(num_train=size.num_train)) for size in chosen]
    samples: dict[tuple[str, int, int], list[Sample]] = defaultdict(list)
    for number in range(num_rounds):
        for size, data in subjects:
            for jobs, threads in WAYS:
                note(f"round {number + 1} of {num_rounds}: {size.name}, {jobs} x {threads}")
                samples[size.name, jobs, threads].append(measure(size, data, jobs, threads))
    return [
        _row(size, data, (jobs, threads), samples[size.name, jobs, threads], samples[size.name, 2, 1])
        for size, data in subjects
        for jobs, threads in WAYS
    ]


def _row(
    size: Size, data: Dataset, way: tuple[int, int], measured: Sequence[Sample], base: Sequence[Sample]
) -> dict[str, object]:
    return {
        "size": size.name,
        "step_gmac": round(size.step_gmac(data), 1),
        "jobs": way[0],
        "threads": way[1],
        "start_seconds": round(median(each.start_seconds for each in measured), 1),
        "seconds": round(median(each.seconds for each in measured), 1),
        "cpu_seconds": round(median(each.cpu_seconds for each in measured), 1),
        "other_share": round(median(each.other_share for each in measured), 2),
        # Of the same round: the machine's other work has changed least between them.
        "over_2x1": round(median(a.seconds / b.seconds for a, b in zip(measured, base, strict=True)), 2),
    }


def step_sizes() -> tuple[Size, ...]:
    """The same networks with batches of several sizes, from the smallest step to the largest."""
    quick, compact, wide = sizes()
    return tuple(
        Size(f"{size.name}, {batch}", size.recipe.model_copy(update={"batch_size": batch}), num_steps)
        for size, batch, num_steps in (
            *((quick, 16, 60), (quick, 128, 40), (compact, 16, 30), (compact, 64, 20), (compact, 256, 12)),
            *((wide, 32, 12), (wide, 128, 6)),
        )
    )


def fastest_steps(size: Size, data: Dataset) -> dict[int, float]:
    """Seconds of the fastest step of one run, by its threads: one and two, a step of each in turn.

    The fastest of many shows what a quiet machine would do also where this one is not quiet.
    """
    shared = catalogue(data.taxonomy.level_names)["shared"]
    hardware = choose_hardware("cpu", 1)
    runs = {
        threads: training_events(Job(shared, data, size.recipe, replace(hardware, num_threads=threads)), 0)
        for threads in (1, 2)
    }
    seconds: dict[int, list[float]] = defaultdict(list)
    for _ in range(size.num_steps):
        for threads, events in runs.items():
            with using_threads(threads):
                seconds[threads].append(_step_seconds(events))
    for events in runs.values():
        events.close()
    return {threads: min(each) for threads, each in seconds.items()}


def _step_seconds(events: Iterator[RunEvent]) -> float:
    """Lets a run make its next step; what it took."""
    started = time.perf_counter()
    next(event for event in events if isinstance(event, StepDone))
    return time.perf_counter() - started


def _say_steps() -> None:
    say("network, batch     step GMAC  1 thread, ms  2 threads, ms  gain")
    for size in step_sizes():
        data = random_images(num_train=size.num_train)
        one, two = fastest_steps(size, data).values()
        times = f"{1e3 * one:12.1f}  {1e3 * two:13.1f}  {one / two:4.2f}"
        say(f"{size.name:17}  {size.step_gmac(data):9.2f}  {times}")


app = bench_app()


@app.command()
def jobs(
    rounds: Annotated[int, typer.Option(help="How often each way is measured.")] = 3,
    steps: Annotated[
        bool, typer.Option("--steps", help="The fastest step of one run alone, with one and two threads.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure which way to do several runs is the fastest here, for three sizes of network."""
    if steps:
        _say_steps()
        return
    rows = measure_all(sizes(), rounds)
    if as_json:
        say_json(rows)
        return
    say("size          step GMAC  jobs x threads  start s       s   CPU s  others  over 2 x 1")
    for row in rows:
        way = f"{row['jobs']} x {row['threads']}"
        say(
            f"{row['size']:12}  {row['step_gmac']:9}  {way:>14}  {row['start_seconds']:7}  "
            f"{row['seconds']:6}  {row['cpu_seconds']:6}  {row['other_share']:6.0%}  {row['over_2x1']:10}"
        )


if __name__ == "__main__":
    run_app(app)
