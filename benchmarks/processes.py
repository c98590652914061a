"""`python -m benchmarks.processes`: one run by one process, and by several, of one thread each.

Both train the same network on the same random images, a step of each in turn, so that whatever else the
machine does slows both alike. The fastest of many steps shows what a quiet machine would do, the median this
one. CPU seconds say what a process is spared wherever others want the same cores.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Annotated, Any, NamedTuple

import typer

from benchmarks.command import run_main
from benchmarks.images import random_images
from benchmarks.jobs import Size, sizes
from taskgraft.data import Dataset
from taskgraft.events import RunEvent, StepDone
from taskgraft.execution import plan_study
from taskgraft.execution.engines._shared_data import SharedData
from taskgraft.execution.engines._team import together
from taskgraft.hardware import ALONE, using_threads
from taskgraft.printing import say, say_json
from taskgraft.request import CompareOptions
from taskgraft.training import Job, training_events

_STEPS = {"quick": 40, "compact": 12, "compact x 10": 6}


class Took(NamedTuple):
    """What one step took.

    Attributes:
        seconds: By the clock.
        cpu_seconds: Of the first process alone; the others do as much.
    """

    seconds: float
    cpu_seconds: float


def measure(size: Size, data: Dataset, num_processes: int) -> tuple[list[Took], list[Took]]:
    """Each step of an epoch, the first left out: by one process, and by several."""
    given = {
        "architectures": "shared",
        "recipe": size.recipe,
        "processes_per_run": num_processes,
        "num_threads": 1,
        "device": "cpu",
    }
    one: list[Took] = []
    several: list[Took] = []
    with tempfile.TemporaryDirectory(prefix="taskgraft-processes-") as folder, using_threads(1):
        plan = plan_study(CompareOptions.of({**given, "out": Path(folder) / "study"}), data)
        (run,) = plan.runs
        spec = SharedData(Path(folder)).of(run.spec)
        hardware = spec.open_hardware()
        with together(spec) as team:
            job = Job(spec.variant.architecture, data, spec.recipe, hardware, team)
            alone, shared = training_events(replace(job, team=ALONE), 0), training_events(job, 0)
            for _ in range(size.num_steps):
                one.append(_step(alone))
                several.append(_step(shared))
            alone.close()
            shared.close()
    return one[1:], several[1:]


def _step(events: Iterator[RunEvent]) -> Took:
    started, before = time.perf_counter(), time.process_time()
    next(event for event in events if isinstance(event, StepDone))
    return Took(time.perf_counter() - started, time.process_time() - before)


def row(size: Size, data: Dataset, num_processes: int) -> dict[str, Any]:
    """Fastest and median step and CPU time of a size, each by one process and by several, and the gains."""
    one, several = measure(size, data, num_processes)
    measured: dict[str, Any] = {"size": size.name, "step_gmac": round(size.step_gmac(data), 1)}
    ones, others = ([each.seconds for each in steps] for steps in (one, several))
    cpu = [median(each.cpu_seconds for each in steps) for steps in (one, several)]
    for name, (by_one, by_several) in {
        "fastest": (min(ones), min(others)),
        "median": (median(ones), median(others)),
        "cpu": cpu,
    }.items():
        measured[f"{name}_ms"] = [round(1e3 * by_one, 1), round(1e3 * by_several, 1)]
        measured[f"{name}_gain"] = round(by_one / by_several, 2)
    return measured


def main(
    processes: Annotated[int, typer.Option(min=2, help="How many make the run together.")] = 2,
    only: Annotated[str | None, typer.Option(help="One size: quick, compact or 'compact x 10'.")] = None,
    steps: Annotated[
        int | None, typer.Option(min=2, help="Steps of each; 40, 12 and 6 unless given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure how many times as fast several processes make a run as one, for three sizes of network."""
    rows = []
    for each in sizes():
        if only in (None, each.name):
            size = replace(each, num_steps=steps or _STEPS[each.name])
            rows.append(row(size, random_images(num_train=size.num_train), processes))
    if as_json:
        say_json(rows)
        return
    say(f"ms by 1 and {processes} processes, and the gain")
    say("size          step GMAC  fastest step             median step              CPU, first process")
    for its in rows:
        parts = (
            f"{its[f'{name}_ms'][0]:8} {its[f'{name}_ms'][1]:8} {its[f'{name}_gain']:5}"
            for name in ("fastest", "median", "cpu")
        )
        say(f"{its['size']:12}  {its['step_gmac']:9}  {'  '.join(parts)}")


if __name__ == "__main__":
    run_main(main)
