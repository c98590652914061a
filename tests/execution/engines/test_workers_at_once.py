"""What becomes of a study whose workers find no memory, or die before they have taken up a run."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import one_at_a_time
import pytest
from engine_laws import assert_each_ends_once, assert_in_order
from test_local import is_doing, predictions, workers

from taskgraft.data import Dataset
from taskgraft.errors import RequestError, TaskgraftError
from taskgraft.events import Note
from taskgraft.execution import Plan, RunBegan, RunProgress, StudyNote, plan_study, run_plan
from taskgraft.execution.engines import _pool as pool_module
from taskgraft.execution.engines._process import Process
from taskgraft.recipe import BalancingSpec, Recipe
from taskgraft.request import CompareOptions
from taskgraft.study import FAILURE, Study
from taskgraft.training.balancers import BALANCERS

NAMES = "independent,shared,coarse-to-fine"
# To import it adds it, as workers need; here other tests list what there is.
ONE_AT_A_TIME = "one at a time"
BALANCERS.remove(ONE_AT_A_TIME)


def planned(data: Dataset, recipe: Recipe, out: Path, jobs: int = 2, **more: Any) -> Plan:
    given = {"architectures": NAMES, "recipe": recipe, "out": out, "num_threads": 1, "jobs": jobs, **more}
    return plan_study(CompareOptions.of(given), data)


class Told:
    """Keeps every event, and the text of those that have one; calls a function at each."""

    def __init__(self, at_each: Callable[[Any], None] = lambda event: None) -> None:
        self.events: list[Any] = []
        self.notes: list[str] = []
        self._at_each = at_each

    def __call__(self, event: Any) -> None:
        self.events.append(event)
        within = event.event if isinstance(event, RunProgress) else event
        if isinstance(within, Note | StudyNote):
            self.notes.append(within.text)
        self._at_each(event)


@pytest.fixture(scope="module")
def one_process(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """Predictions of the study by one process."""
    out = tmp_path_factory.mktemp("one") / "study"
    run_plan(planned(tiny_data, tiny_recipe, out, jobs=1), lambda event: None)
    return predictions(out)


def check_done(study: Study, told: Told, plan: Plan, expected: dict[str, bytes]) -> None:
    """Every run is done, to the bits of one process, by events that keep the laws; no worker is left."""
    assert (study.failures, study.missing) == ((), ())
    assert predictions(study.directory) == expected
    assert not list(study.directory.rglob(FAILURE))
    assert_each_ends_once(told.events, [run.spec for run in plan.runs])
    assert_in_order(told.events)
    assert workers() == []


@pytest.fixture
def balancer() -> Iterator[str]:
    """Name of the balancer that finds no memory beside another."""
    BALANCERS.add(ONE_AT_A_TIME)(one_at_a_time.OneAtATime)
    yield ONE_AT_A_TIME
    BALANCERS.remove(ONE_AT_A_TIME)


@pytest.mark.parametrize("auto_batch", [False, True])
def test_a_run_that_finds_no_memory_beside_another_begins_again_alone(
    auto_batch: bool,
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    one_process: dict[str, bytes],
    balancer: str,
) -> None:
    folder = tmp_path / "marks"
    folder.mkdir()
    monkeypatch.setenv("ONE_AT_A_TIME", str(folder))
    recipe = tiny_recipe.model_copy(update={"balancing": BalancingSpec(kind=balancer)})
    plan = planned(tiny_data, recipe, tmp_path / "study", auto_batch=auto_batch)
    told = Told()
    study = run_plan(plan, told)
    # What weighs the losses decides no number here, though it is another name.
    check_done(study, told, plan, one_process)
    (line,) = told.notes
    assert re.fullmatch(
        r"\S+ seed 0: out of memory with 2 runs at once; begins again when 1 run does, as all runs from now "
        r"on\.",
        line,
    )
    again = line.split()[0]
    jobs = {run.variant: run.environment.num_jobs for run in study.runs}
    assert jobs[again] == 1
    assert set(jobs.values()) == {1, 2}
    # The batch is halved only where fewer runs at once would not help.
    assert [run.batch_size for run in study.runs] == [None] * 3


def test_a_run_whose_process_the_system_kills_for_its_memory_begins_again_alone(
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    one_process: dict[str, bytes],
) -> None:
    kills = count()
    monkeypatch.setattr(pool_module, "num_oom_kills", lambda: next(kills))
    out = tmp_path / "study"
    killed: list[str] = []

    def kill(event: Any) -> None:
        if isinstance(event, RunBegan) and not killed:
            killed.append(event.variant)
            (worker,) = (pid for pid in workers() if is_doing(pid, out / "runs" / f"{event.variant}-seed0"))
            os.kill(worker, signal.SIGKILL)

    plan, told = planned(tiny_data, tiny_recipe, out), Told(kill)
    check_done(run_plan(plan, told), told, plan, one_process)
    assert [line.split()[0] for line in told.notes] == killed


def doomed(monkeypatch: pytest.MonkeyPatch, is_doomed: Callable[[int], bool]) -> None:
    """Has the processes of some numbers, counted from 0, be killed as soon as they have begun."""
    numbers = count()

    class Doomed(Process):
        def __init__(self, num_threads: int) -> None:
            super().__init__(num_threads)
            if is_doomed(next(numbers)):
                self._process.kill()

    monkeypatch.setattr(pool_module, "Process", Doomed)


def test_a_process_that_dies_while_it_starts_is_started_again(
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    one_process: dict[str, bytes],
) -> None:
    doomed(monkeypatch, lambda number: number == 0)
    plan, told = planned(tiny_data, tiny_recipe, tmp_path / "study"), Told()
    check_done(run_plan(plan, told), told, plan, one_process)
    assert told.notes == ["A process for runs has ended while starting (SIGKILL): another is started."]


def test_where_only_one_can_start_it_does_all_runs(
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    one_process: dict[str, bytes],
) -> None:
    doomed(monkeypatch, lambda number: number > 0)
    # Without it, the first process may have done everything before the second has failed often enough.
    monkeypatch.setattr(pool_module, "_MOST_FAILED_STARTS", 1)
    plan, told = planned(tiny_data, tiny_recipe, tmp_path / "study"), Told()
    check_done(run_plan(plan, told), told, plan, one_process)
    assert told.notes[-1] == "A process for runs cannot start (SIGKILL): 1 at once from now on."


def test_a_system_that_starts_no_more_processes_has_those_that_there_are_do_all(
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    one_process: dict[str, bytes],
) -> None:
    numbers = count()

    def process(num_threads: int) -> Process:
        if next(numbers):
            raise OSError(11, "Resource temporarily unavailable")
        return Process(num_threads)

    monkeypatch.setattr(pool_module, "Process", process)
    plan, told = planned(tiny_data, tiny_recipe, tmp_path / "study"), Told()
    check_done(run_plan(plan, told), told, plan, one_process)
    assert told.notes == [
        "A process for runs cannot start (Resource temporarily unavailable): 1 at once from now on."
    ]


def test_where_none_can_start_the_command_says_so(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doomed(monkeypatch, lambda number: True)
    told = Told()
    with pytest.raises(TaskgraftError, match="a process for runs to be able to start, but got 'SIGKILL'"):
        run_plan(planned(tiny_data, tiny_recipe, tmp_path / "study"), told)
    again = "A process for runs has ended while starting (SIGKILL): another is started."
    assert told.notes[:3] == [again] * 3
    assert workers() == []


def test_jobs_that_could_not_do_the_runs_are_refused_before_anything_is_written(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskgraft.execution.engines._extensions.extending_modules", lambda: ("__main__",))
    with pytest.raises(RequestError, match="in a module that other processes can import, but got '__main__'"):
        planned(tiny_data, tiny_recipe, tmp_path / "study")
    assert planned(tiny_data, tiny_recipe, tmp_path / "study", jobs=1).hardware.num_jobs == 1
