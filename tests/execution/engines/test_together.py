"""Runs that several processes make together: stopped, resumed by other numbers of processes, and killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_local import workers

from planned import planned
from taskgraft.data import Dataset
from taskgraft.errors import DataError, DiedError
from taskgraft.events import StepDone, TrainingResumed, TrainingStarted
from taskgraft.execution import RunProgress, StudyNote, run_plan
from taskgraft.execution._begin import begin_study
from taskgraft.execution.engines._messages import Bug, Fault, Ready
from taskgraft.execution.engines._team import _wait_for, _why_ended
from taskgraft.processes import is_running
from taskgraft.recipe import Recipe
from taskgraft.stopping import STOP, Stopped
from taskgraft.study import RunRecord, Study

_PATIENCE_SECONDS = 20.0
# What rounding leads to in ten steps of some hundred weights.
_NEAR = 1e-3


def go(data: Dataset, recipe: Recipe, out: Path, processes: int, heard: Callable[[Any], None]) -> Study:
    plan = planned(
        data, "shared", recipe, 1, out=out, num_threads=1, processes_per_run=processes, device="cpu"
    )
    return run_plan(plan, heard)


def smooth(record: RunRecord) -> dict[str, float]:
    """Scores that rounding moves no further than by itself."""
    return {name: score for name, score in record.scores.items() if name.startswith(("nll", "brier"))}


def children(process: int) -> list[int]:
    """Processes that another one has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == process:
            found.append(int(path.parent.name))
    return found


def test_a_run_goes_on_with_more_processes_and_ends_as_by_one(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    f32 = tiny_recipe.model_copy(update={"precision": "f32"})
    whole = go(tiny_data, f32, tmp_path / "one", 1, lambda event: None)
    resumed: list[int] = []
    notes: list[str] = []

    def stopping(step: int) -> Callable[[Any], None]:
        def listen(event: Any) -> None:
            inner = event.event if isinstance(event, RunProgress) else event
            if isinstance(inner, StepDone) and inner.step >= step and not STOP.is_requested:
                STOP.make(signal.SIGTERM)
            if isinstance(inner, TrainingResumed):
                resumed.append(inner.step)
            if isinstance(event, StudyNote):
                notes.append(event.text)

        return listen

    for processes, last in ((1, 3), (2, 4)):
        try:
            with pytest.raises(Stopped):
                go(tiny_data, f32, tmp_path / "two", processes, stopping(last))
        finally:
            STOP.clear()
    study = go(tiny_data, f32, tmp_path / "two", 2, stopping(99))
    assert workers() == []
    assert resumed[0] == 3
    assert 4 <= resumed[1] < 10
    assert "num processes (1 and 2). Scores may differ for that reason, too." in notes[0]
    (one,), (two,) = whole.runs, study.runs
    assert (one.environment.num_processes, two.environment.num_processes) == (1, 2)
    assert one.identity == two.identity
    assert smooth(two) == pytest.approx(smooth(one), abs=_NEAR)


def test_a_process_that_is_killed_fails_its_run_and_takes_the_others_along(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    long = tiny_recipe.model_copy(update={"epochs": 4_000.0})
    seen: list[int] = []

    def kill_second(event: Any) -> None:
        if isinstance(event, RunProgress) and isinstance(event.event, TrainingStarted):
            (first,) = workers()
            (second,) = children(first)
            seen.extend([first, second])
            os.kill(second, signal.SIGKILL)

    def kill_first(event: Any) -> None:
        if isinstance(event, RunProgress) and isinstance(event.event, TrainingStarted):
            (first,) = workers()
            seen.extend([first, *children(first)])
            os.kill(first, signal.SIGKILL)

    (failure,) = go(tiny_data, long, tmp_path / "study", 2, kill_second).failures
    assert failure.kind == "died"
    assert failure.message.startswith(
        "Expected process 2 of 2 of shared seed 0 to be alive until its run is done, but got SIGKILL. "
    )
    assert failure.message.endswith("The same command goes on from its last checkpoint.")
    (failure,) = go(tiny_data, long, tmp_path / "study", 2, kill_first).failures
    assert failure.message.startswith("Expected the process of shared seed 0 to be alive")
    assert len(seen) == 4
    end = time.monotonic() + _PATIENCE_SECONDS
    while any(map(is_running, seen)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(is_running, seen))


class Another:
    """Another process of a run, which has sent some messages and ended."""

    def __init__(self, *messages: object) -> None:
        self.events, end = os.pipe()
        os.close(end)
        self._messages, self.is_over = list(messages), False

    def receive(self) -> list[object]:
        self.is_over = True
        return self._messages

    def end(self, seconds: float) -> int:
        return 3

    def last_line(self) -> str:
        return "no disk"


def test_why_another_process_ended_is_said(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> None:
    plan = planned(tiny_data, "shared", tiny_recipe, 1, out=tmp_path / "study", processes_per_run=3)
    begin_study(plan, None)
    spec = plan.runs[0].spec
    spec.directory.mkdir()
    short = Bug("RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried", "")
    broken = Bug("RuntimeError: Connection closed by peer", "")
    for ended, text in (
        # The one that nothing is known of has ended first; the other has lost its connection by that.
        ((Another(broken), Another()), "process 3 of 3 of shared seed 0 to be alive until its run is done"),
        ((Another(), Another()), "but got exit code 3 (no disk). The same command goes on"),
        ((Another(short), Another(short)), "to be enough for its part of a batch, but got RuntimeError: Def"),
        ((Another(Bug("KeyError: 'x'", "")),), "but got KeyError: 'x'. Please report it, with "),
    ):
        error = _why_ended(ended, spec)  # type: ignore[arg-type]
        assert text in str(error)
    with pytest.raises(DataError, match="no data"):
        _wait_for(Another(Ready(), Fault(DataError("no data"))), spec, 0)  # type: ignore[arg-type]
    with pytest.raises(DiedError, match="process 2 of 3"):
        _wait_for(Another(Ready()), spec, 0)  # type: ignore[arg-type]
