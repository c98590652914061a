"""Engines of this machine: in this process and in workers, which may be killed and stopped."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from engine_laws import assert_lawful, run_of

from taskgraft.data import Dataset
from taskgraft.execution import (
    LocalEngine,
    Plan,
    RunBegan,
    RunElsewhere,
    RunEnded,
    RunFailed,
    Waiting,
    plan_study,
    run_plan,
)
from taskgraft.execution._begin import begin_study
from taskgraft.execution._run_spec import RunSpec
from taskgraft.recipe import Recipe
from taskgraft.request import CompareOptions
from taskgraft.stopping import STOP, Stopped
from taskgraft.study import FAILURE, lock, try_lock

_NAMES = "independent,shared-coarse-to-fine"


@pytest.fixture
def plan(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> Plan:
    return planned(tiny_data, tiny_recipe, tmp_path / "study")


def planned(data: Dataset, recipe: Recipe, out: Path, jobs: int = 1) -> Plan:
    given = {"architectures": _NAMES, "recipe": recipe, "out": out, "num_threads": 1, "jobs": jobs}
    return plan_study(CompareOptions.of(given), data)


def specs_of(plan: Plan) -> list[RunSpec]:
    begin_study(plan, None)
    return [run.spec for run in plan.todo]


def predictions(out: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in sorted(out.glob("runs/*/predictions.*"))}


def workers() -> list[int]:
    """Processes that this one has started."""
    children = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == os.getpid() and "engines._worker" in (path.parent / "cmdline").read_text():
            children.append(int(path.parent.name))
    return children


def test_one_process_keeps_the_laws(plan: Plan) -> None:
    events = assert_lawful(LocalEngine(), specs_of(plan))
    ended = [run_of(event) for event in events if isinstance(event, RunEnded)]
    assert ended == [(run.spec.variant.name, 0) for run in plan.runs]
    again = list(LocalEngine().run([run.spec for run in plan.runs]))
    assert [type(event) for event in again] == [RunElsewhere, RunElsewhere]


def test_a_run_of_another_command_is_waited_for(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = specs_of(plan)
    first.directory.mkdir()
    other = lock(first.directory)
    other.__enter__()
    monkeypatch.setattr("time.sleep", lambda seconds: other.__exit__(None, None, None))
    events = assert_lawful(LocalEngine(), [first, second])
    assert [type(event) for event in events if isinstance(event, RunEnded | Waiting)] == [
        RunEnded,
        Waiting,
        RunEnded,
    ]
    assert "Waiting for runs that other processes do: independent-seed0" in next(
        event.text for event in events if isinstance(event, Waiting)
    )


@pytest.fixture(scope="module")
def one_process(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """Predictions of the study by one process."""
    out = tmp_path_factory.mktemp("one") / "study"
    run_plan(planned(tiny_data, tiny_recipe, out), lambda event: None)
    return predictions(out)


def test_workers_keep_the_laws_and_give_the_same_bits(plan: Plan, one_process: dict[str, bytes]) -> None:
    assert_lawful(LocalEngine(2), specs_of(plan))
    assert predictions(plan.directory) == one_process
    assert workers() == []


def test_a_worker_that_is_killed_fails_its_run_alone_and_the_same_command_goes_on(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, one_process: dict[str, bytes]
) -> None:
    killed: list[Any] = []

    def kill(event: Any) -> None:
        if isinstance(event, RunBegan) and not killed:
            killed.append(run_of(event))
            (worker,) = (pid for pid in workers() if is_doing(pid, out / "runs" / f"{event.variant}-seed0"))
            os.kill(worker, signal.SIGKILL)
        if isinstance(event, RunFailed):
            killed.append(event.failure)

    out = tmp_path / "study"
    study = run_plan(planned(tiny_data, tiny_recipe, out, jobs=2), kill)
    (run, failure) = killed
    assert study.failures == (failure,)
    assert ((failure.variant, failure.seed), failure.kind) == (run, "died")
    assert (
        "to be alive until its run is done, but got SIGKILL. The system may have been short of memory"
        in failure.message
    )
    assert "The same command goes on from its last checkpoint" in failure.message
    assert [record.variant for record in study.runs] == [n for n in _NAMES.split(",") if n != run[0]]

    again = run_plan(planned(tiny_data, tiny_recipe, out), lambda event: None)
    assert (again.failures, again.missing) == ((), ())
    assert predictions(out) == one_process
    assert not list(out.rglob(FAILURE))


def is_doing(worker: int, run: Path) -> bool:
    """Whether a process has the lock of a run open."""
    names = [os.readlink(path) for path in Path(f"/proc/{worker}/fd").iterdir() if path.is_symlink()]
    return str(run / ".lock") in names


def test_a_stop_lets_workers_save_and_ends_them(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, one_process: dict[str, bytes]
) -> None:
    long = tiny_recipe.model_copy(update={"epochs": 4_000.0})

    def stop(event: Any) -> None:
        if isinstance(event, RunBegan) and not STOP.is_requested:
            assert STOP.make(signal.SIGTERM)

    out = tmp_path / "study"
    try:
        with pytest.raises(Stopped):
            run_plan(planned(tiny_data, long, out, jobs=2), stop)
    finally:
        STOP.clear()
    assert workers() == []
    for directory in (out / "runs").iterdir():
        with try_lock(directory) as is_free:
            assert is_free
