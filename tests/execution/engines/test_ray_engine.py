"""The engine of a Ray cluster, on a real one of several nodes."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from engine_laws import assert_lawful, run_of

import often_sent
import taskgraft.verdict
from small_cluster import (
    SmallCluster,
    num_saved,
    sent_often,
    small_cluster,
    start_driver,
    tiny_study,
    wait_until,
)
from taskgraft.cli.plan_text import plan_json, plan_lines
from taskgraft.errors import RequestError
from taskgraft.events import Note, StepDone, TrainingResumed, silent
from taskgraft.execution import (
    LocalEngine,
    Plan,
    RunBegan,
    RunEnded,
    RunFailed,
    RunProgress,
    StudyNote,
    run_plan,
)
from taskgraft.execution._begin import begin_study
from taskgraft.execution._data_reference import data_parts
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines.cluster import RayEngine, _attempt
from taskgraft.parameter import in_python
from taskgraft.stopping import STOP, Stopped
from taskgraft.study import Study
from taskgraft.verdict import Judgement

SEEDS = 4


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCluster]:
    """Three nodes of one core; one of them is the head, which nobody kills."""
    with small_cluster(tmp_path_factory.mktemp("pids"), 2, head_cores=1) as made:
        yield made


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study as this process does it."""
    out = tmp_path_factory.mktemp("alone") / "study"
    run_plan(tiny_study(out, SEEDS), silent, engine=LocalEngine())
    return out


@pytest.fixture
def engine(cluster: SmallCluster) -> Iterator[RayEngine]:
    made = RayEngine(cluster.address)
    yield made
    made.close()


def begun(plan: Plan) -> list[RunSpec]:
    begin_study(plan, None)
    return [run.spec for run in plan.todo]


def test_it_keeps_the_laws(engine: RayEngine, tmp_path: Path, alone: Path) -> None:
    with sent_often():
        events = assert_lawful(engine, begun(tiny_study(tmp_path / "study", 1)))
    ended = [run_of(event) for event in events if isinstance(event, RunEnded)]
    assert len(ended) == 3
    assert not any(isinstance(event, StudyNote) for event in events)


def stopped_at_step(number: int, engine: RayEngine, specs: Sequence[RunSpec]) -> None:
    for event in engine.run(specs):
        if isinstance(event, RunProgress) and event.event == StepDone(number):
            STOP.make(signal.SIGTERM)
            number = 0


def test_a_stop_saves_every_run_and_the_next_command_goes_on(
    cluster: SmallCluster, engine: RayEngine, tmp_path: Path, alone: Path
) -> None:
    out = tmp_path / "study"
    with sent_often():
        # A run that is begun before the actor is up has not ended when it is.
        cluster.pace(1.0)
        with pytest.raises(Stopped):
            stopped_at_step(3, engine, begun(tiny_study(out, SEEDS)))
        STOP.clear()
        cluster.pace(0.05)
        plan = tiny_study(out, SEEDS)
        saved = {
            (run.spec.variant.name, run.spec.seed): run.saved_step for run in plan.todo if run.saved_step
        }
        assert 1 <= len(saved) <= 3
        assert max(saved.values()) > 3
        events = list(engine.run(begun(plan)))
    resumed = {
        run_of(event): event.event.step
        for event in events
        if isinstance(event, RunProgress) and isinstance(event.event, TrainingResumed)
    }
    assert resumed == saved
    check_done(out, alone)


def notes_of(events: Sequence[Any]) -> list[str]:
    notes = [event.event if isinstance(event, RunProgress) else event for event in events]
    return [note.text for note in notes if isinstance(note, Note | StudyNote)]


def check_done(out: Path, alone: Path) -> None:
    done = {path.relative_to(alone) for path in alone.glob("runs/*/predictions.safetensors")}
    assert {path.relative_to(out) for path in out.glob("runs/*/predictions.safetensors")} == done
    assert all((out / path).read_bytes() == (alone / path).read_bytes() for path in done)


def test_nodes_that_tear_files_or_have_a_full_disk_get_no_more_runs(
    cluster: SmallCluster, engine: RayEngine, tmp_path: Path, alone: Path
) -> None:
    faults = dict(zip((often_sent.TORN, often_sent.FULL), cluster.nodes, strict=True))
    for fault, node in faults.items():
        cluster.set_fault(fault, node)
    try:
        with sent_often():
            events = assert_lawful(engine, begun(tiny_study(tmp_path / "study", SEEDS)))
    finally:
        for fault, node in faults.items():
            cluster.set_fault(fault, node, has=False)
    torn, full = (node.node_id[:6] for node in faults.values())
    notes = notes_of(events)
    assert any(f"({full}) does no more runs. Expected" in note and "writable" in note for note in notes)
    assert any(f"({torn}) has sent a torn file" in note for note in notes)
    assert any(f"({torn}) does no more runs. Expected checkpoint" in note for note in notes)
    check_done(tmp_path / "study", alone)


def test_twelve_runs_survive_two_nodes_a_worker_and_the_driver(
    cluster: SmallCluster, tmp_path: Path, alone: Path
) -> None:
    out = tmp_path / "study"
    driver = start_driver(out, SEEDS, cluster.address)
    wait_until(lambda: num_saved(out) >= 2)
    cluster.kill_node()
    wait_until(cluster.kill_worker)
    wait_until(lambda: num_saved(out) >= 2)
    os.kill(driver.pid, signal.SIGKILL)
    driver.join()
    finished = {path: path.stat().st_mtime_ns for path in out.glob("runs/*/result.json")}
    resumed = start_driver(out, SEEDS, cluster.address)
    wait_until(lambda: num_saved(out) >= 2)
    cluster.kill_node()
    resumed.join(300)
    assert resumed.exitcode == 0
    check_done(out, alone)
    assert not [*out.glob("runs/*/checkpoint*"), *out.glob("runs/*/*.tmp")]
    # No finished run is done twice.
    assert {path: path.stat().st_mtime_ns for path in finished} == finished


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The data, each time that it is put into the store of the cluster."""
    made: list[Any] = []

    def parts(data: Any) -> Any:
        made.append(data)
        return data_parts(data)

    monkeypatch.setattr(_attempt, "data_parts", parts)
    return made


def most_at_once(events: Sequence[Any]) -> int:
    under_way, most = 0, 0
    for event in events:
        under_way += isinstance(event, RunBegan)
        under_way -= isinstance(event, RunEnded)
        most = max(most, under_way)
    return most


def test_a_search_comes_to_the_same_and_keeps_every_node_at_work(
    cluster: SmallCluster, tmp_path: Path, sent: list[Any]
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    names, events = "shared,independent", list[Any]()
    run_plan(tiny_study(here, 1, names, tune=5, jobs=1), silent)
    with sent_often():
        plan = tiny_study(there, 1, names, tune=5, engine="ray", address=cluster.address)
        assert plan.search is not None
        assert plan.search.num_jobs == 3
        run_plan(plan, events.append)
    searches = [Study.open(out).tuning() for out in (here, there)]
    assert searches[0] is not None
    assert searches[1] is not None
    assert searches[0].variants == searches[1].variants
    assert most_at_once(events) == 3
    check_done(there, here)
    # Once for the trials, once for the runs.
    assert len(sent) == 2


def test_a_race_decides_the_same_with_the_data_sent_once(
    cluster: SmallCluster, tmp_path: Path, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(study: Study) -> Judgement:
        seeds = study.record.request.seeds
        return Judgement(
            seeds, ("shared",) if len(seeds) == 2 else (), len(seeds) == 3, f"{len(seeds)} seeds"
        )

    monkeypatch.setattr(taskgraft.verdict, "judge", judge)
    here, there = tmp_path / "here", tmp_path / "there"
    options = {"until_decided": True, "max_seeds": 4}
    run_plan(tiny_study(here, None, jobs=1, **options), silent)
    run_plan(tiny_study(there, None, engine="ray", address=cluster.address, **options), silent)
    check_done(there, here)
    assert len([*there.glob("runs/*/result.json")]) == 8
    looks = [[(look.seeds, look.dropped) for look in Study.open(out).record.looks] for out in (here, there)]
    assert looks[0] == looks[1] == [((0, 1), ("shared",)), ((0, 1, 2), ())]
    assert len(sent) == 1


def test_a_run_whose_processes_die_fails_alone(
    cluster: SmallCluster, engine: RayEngine, tmp_path: Path
) -> None:
    cluster.let_die("shared-seed0")
    try:
        with sent_often():
            events = assert_lawful(engine, begun(tiny_study(tmp_path / "study", 1)))
    finally:
        cluster.let_die("")
    (failure,) = [event.failure for event in events if isinstance(event, RunFailed)]
    assert (failure.variant, failure.kind) == ("shared", "died")
    assert "3 that died one after the other" in failure.spelled(in_python)
    assert sum("shared seed 0: node" in note for note in notes_of(events)) == 2
    assert sum(isinstance(event, RunEnded) for event in events) == 2


def test_a_plan_says_where_runs_are_done(cluster: SmallCluster, tmp_path: Path) -> None:
    plan = tiny_study(tmp_path / "study", SEEDS, engine="ray", address=cluster.address)
    assert isinstance(plan.engine, RayEngine)
    plan.engine.close()
    assert plan.hardware.num_jobs == 3
    lines = plan_lines(plan, [])
    begin = next(i for i, line in enumerate(lines) if line.startswith("placement"))
    assert re.fullmatch(r"placement  each run 1 core, 0\.5 GB", lines[begin])
    assert all(re.fullmatch(r" {11}\S+ \(\w{6}\): 1 at once", line) for line in lines[begin + 1 : begin + 4])
    assert plan.placement is not None
    assert plan_json(plan)["placement"] == list(plan.placement.lines)
    assert not (tmp_path / "study").exists()


def test_too_many_threads_for_any_node_are_refused_before_anything_is_written(
    cluster: SmallCluster, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=r"large enough for one run \(2 cores, 0\.5 GB\)"):
        tiny_study(tmp_path / "study", 1, engine="ray", address=cluster.address, num_threads=2)
    assert not (tmp_path / "study").exists()


def test_without_the_extra_one_line_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ray" else find(name))
    with pytest.raises(RequestError) as caught:
        tiny_study(tmp_path / "study", 1, engine="ray")
    assert str(caught.value) == (
        "Expected engine='ray' to be used with the extra ray installed, but got 'no module ray'. "
        "pip install taskgraft[ray], or leave engine out."
    )
