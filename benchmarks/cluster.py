"""`python -m benchmarks.cluster`: what a cluster's driver takes for a run, and how near to linear it is.

Workers on this machine sleep in place of training, so that sixteen of them need no sixteen cores.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import typer

from benchmarks import asleep
from benchmarks.command import bench_app, run_app
from benchmarks.images import random_images
from taskgraft.events import silent
from taskgraft.execution import RunEnded, plan_study, run_plan
from taskgraft.execution._begin import begin_study
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines.cluster import RayEngine, _attempt
from taskgraft.printing import note, say
from taskgraft.recipe import quick
from taskgraft.request import CompareOptions
from taskgraft.study import HISTORY, RESULT, RunRecord, digest, read_record, write_record

app = bench_app()


@app.command()
def cluster(
    workers: Annotated[int, typer.Option(help="Runs at once.", metavar="N")] = 16,
    rounds: Annotated[int, typer.Option(help="Runs of each worker.", metavar="N")] = 4,
    seconds: Annotated[float, typer.Option(help="That a run sleeps.", metavar="N")] = 20.0,
    megabytes: Annotated[float, typer.Option(help="What a run brings back.", metavar="N")] = 0.0,
) -> None:
    """Prints the share of linear, and the driver's CPU time for a run."""
    with tempfile.TemporaryDirectory(prefix="taskgraft-bench-") as name:
        folder = Path(name)
        warm, timed = _specs(folder, workers, workers * rounds)
        _prepare(folder, megabytes)
        os.environ |= {asleep.FOLDER: name, "PYTHONPATH": os.pathsep.join(sys.path)}
        with patch.object(_attempt, "extending_modules", return_value=("benchmarks.asleep",)):
            engine = _engine(workers)
            note("Starting the workers.")
            _time(engine, warm, folder, 1.0)
            note("Measuring.")
            wall, cpu = _time(engine, timed, folder, seconds)
            engine.close()
    ideal = rounds * seconds
    say(
        f"{len(timed)} runs of {seconds:g} s, {workers} at once, {megabytes:g} MB each: {wall:.1f} s, "
        f"{100 * ideal / wall:.1f} % of linear",
        f"the driver: {cpu / len(timed):.3f} CPU-seconds a run",
    )


def _engine(workers: int) -> RayEngine:
    """The engine of a cluster of this machine, which is to have as many cores as there are workers."""
    import ray  # noqa: PLC0415 - an extra

    quiet = {"log_to_driver": False, "include_dashboard": False, "logging_level": "ERROR"}
    ray.init(address="local", num_cpus=workers, **quiet)
    return RayEngine()


def _specs(folder: Path, num_warm: int, num_timed: int) -> tuple[list[RunSpec], list[RunSpec]]:
    """Runs of a study that is begun, the first of them to warm up."""
    data = random_images(num_train=400)
    given = {"architectures": "shared", "recipe": quick(), "num_threads": 1, "jobs": 1}
    study = {**given, "seeds": num_warm + num_timed, "out": folder / "study"}
    plan = plan_study(CompareOptions.of(study), data)
    begin_study(plan, None)
    # A real one, whose files the others have.
    run_plan(plan_study(CompareOptions.of({**given, "epochs": 1, "out": folder / "real"}), data), silent)
    specs = [run.spec for run in plan.runs]
    _held.append(data)
    return specs[:num_warm], specs[num_warm:]


_held: list[object] = []


def _prepare(folder: Path, megabytes: float) -> None:
    """Makes the directory of the real run as large as wanted."""
    (run,) = (folder / "real" / "runs").iterdir()
    run.rename(folder / "run")
    history = folder / "run" / HISTORY
    history.write_bytes(history.read_bytes() + b"\n" * int(megabytes * 1e6))
    record = read_record(folder / "run" / RESULT, RunRecord)
    digests = {**record.digests, HISTORY: digest(history)}
    write_record(folder / "run" / RESULT, record.model_copy(update={"digests": digests}))


def _time(engine: RayEngine, specs: Sequence[RunSpec], folder: Path, seconds: float) -> tuple[float, float]:
    """Seconds of the clock and of this process in which an engine does runs."""
    (folder / "seconds").write_text(str(seconds))
    wall, cpu = time.monotonic(), time.process_time()
    num_done = sum(isinstance(event, RunEnded) for event in engine.run(specs))
    if num_done != len(specs):
        raise RuntimeError(f"{num_done} of {len(specs)} runs were done")
    return time.monotonic() - wall, time.process_time() - cpu


if __name__ == "__main__":
    run_app(app)
