"""Runs that sleep in place of training, for `benchmarks.cluster`: nodes import this first.

What comes back is a real run's directory, of the size that was chosen.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from taskgraft.events import StepDone, TrainingStarted
from taskgraft.execution import EngineEvent, RunBegan, RunEnded, RunProgress
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines.cluster import _remote
from taskgraft.hardware import Hardware
from taskgraft.study import RESULT, RunRecord, read_record, write_record

FOLDER = "TASKGRAFT_BENCH_FOLDER"
"""The variable with the folder that holds `seconds`, and `run`: the directory of a finished run."""

_STEP_SECONDS = 0.1


def sleep_through(spec: RunSpec, hardware: Hardware) -> Iterator[EngineEvent]:
    """The events of a run that does nothing for a while, and has the result of another."""
    folder, (name, seed) = Path(os.environ[FOLDER]), (spec.variant.name, spec.seed)
    seconds = float((folder / "seconds").read_text())
    num_steps = max(1, round(seconds / _STEP_SECONDS))
    yield RunBegan(name, seed)
    yield RunProgress(name, seed, TrainingStarted(num_steps))
    end = time.monotonic() + seconds
    for step in range(1, num_steps + 1):
        time.sleep(max(0.0, min(_STEP_SECONDS, end - time.monotonic())))
        yield RunProgress(name, seed, StepDone(step))
    for path in (folder / "run").iterdir():
        if path.name != RESULT:
            shutil.copy(path, spec.directory / path.name)
    other = read_record(folder / "run" / RESULT, RunRecord)
    record = other.model_copy(update={"variant": name, "seed": seed, "identity": spec.identity})
    write_record(spec.directory / RESULT, record)
    yield RunEnded(record)


_remote.attempt_run = sleep_through  # type: ignore[attr-defined,assignment]
