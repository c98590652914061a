"""A study that grows seed by seed until it is decided, on networks of a few dozen weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from small_study import NAMES, Watching, differing_files, small_data, small_recipe

import taskgraft.verdict
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.execution import Plan, StudyKept, plan_study, run_plan
from taskgraft.execution._until_decided import grown
from taskgraft.execution.engines import _pool
from taskgraft.execution.engines._process import Process
from taskgraft.hardware import Hardware
from taskgraft.request import CompareOptions
from taskgraft.study import Study
from taskgraft.verdict import Judgement, conclude

THREE = (*NAMES, "shared")


def plan(out: Path, names: Sequence[str] = THREE, data: Dataset | None = None, **options: object) -> Plan:
    torch.set_num_threads(1)
    hardware = Hardware("cpu", "f32", channels_last=True, num_threads=1)
    values = {"architectures": list(names), "recipe": small_recipe(), "out": out, "until_decided": True}
    with patch("taskgraft.execution._planning.choose_hardware", return_value=hardware):
        return plan_study(CompareOptions.of({**values, **options}), data or small_data())


class Cut(Exception):
    """The process is gone."""


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Judgement]:
    """After two seeds the second variant leaves, after four it is over; every judgement that was made."""
    made: list[Judgement] = []

    def judge(study: Study) -> Judgement:
        seeds = study.record.request.seeds
        dropped = (THREE[1],) if len(seeds) == 2 else ()
        made.append(Judgement(seeds, dropped, len(seeds) == 4, f"{len(seeds)} seeds"))
        return made[-1]

    monkeypatch.setattr(taskgraft.verdict, "judge", judge)
    return made


def test_it_trains_seed_by_seed_without_what_has_left_until_it_is_over(
    tmp_path: Path, judged: list[Judgement]
) -> None:
    out, watching = tmp_path / "study", Watching()
    study = run_plan(plan(out, max_seeds=6), watching)
    assert [(run.variant, run.seed) for run in study.runs] == [
        *((THREE[0], seed) for seed in range(4)),
        *((THREE[1], seed) for seed in range(2)),
        *((THREE[2], seed) for seed in range(4)),
    ]
    assert (study.missing, study.record.goal.max_seeds) == ((), 6)
    assert [(look.seeds, look.dropped) for look in study.record.looks] == [
        ((0, 1), (THREE[1],)),
        ((0, 1, 2), ()),
        ((0, 1, 2, 3), ()),
    ]
    assert "3 seeds" in watching.notes
    again = Watching()
    assert run_plan(plan(out, max_seeds=6), again).runs == study.runs
    assert (again.done, Study.open(out).missing) == ([], ())
    verdict = conclude(out)
    assert any(f"{THREE[1]} after 2 seeds" in caution for caution in verdict.cautions)
    assert verdict.recommendation is not None
    places = {one.variant: one.place for one in verdict.recommendation.contenders}
    assert places[THREE[1]] == "behind"


def test_remarks_on_the_data_are_made_once(tmp_path: Path, judged: list[Judgement]) -> None:
    data, watching = small_data(), Watching()
    data = replace(data, provenance=replace(data.provenance, notes=("One level was left out.",)))
    run_plan(plan(tmp_path / "study", data=data, max_seeds=4), watching)
    assert len(judged) == 3
    assert watching.notes.count("Data: One level was left out.") == 1


def test_cut_off_anywhere_it_decides_the_same(tmp_path: Path, judged: list[Judgement]) -> None:
    whole, out = tmp_path / "whole", tmp_path / "cut"
    run_plan(plan(whole, max_seeds=4), Watching())
    expected = list(judged)
    for number in (3, 7):
        watching = Watching()

        def listen(event: object, watching: Watching = watching, number: int = number) -> None:
            watching(event)
            if len(watching.done) == number - 3 * (number > 6):
                raise Cut

        with pytest.raises(Cut):
            run_plan(plan(out, max_seeds=4), listen)
    run_plan(plan(out, max_seeds=4), Watching())
    assert differing_files(out, whole) == []
    looks = [[(look.seeds, look.dropped) for look in Study.open(each).record.looks] for each in (out, whole)]
    assert looks[0] == looks[1]
    assert judged[-1] == expected[-1]


def test_workers_at_once_decide_the_same_and_stay_from_seed_to_seed(
    tmp_path: Path, judged: list[Judgement], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Process] = []

    class Counted(Process):
        def __init__(self, num_threads: int) -> None:
            super().__init__(num_threads)
            started.append(self)

    monkeypatch.setattr(_pool, "Process", Counted)
    whole, out = tmp_path / "whole", tmp_path / "at-once"
    for directory, jobs in ((whole, 1), (out, 2)):
        # Workers compute as this machine does, not as a test says.
        options = {"architectures": [*THREE], "recipe": small_recipe(), "until_decided": True, "max_seeds": 4}
        options |= {"out": directory, "jobs": jobs, "num_threads": 1}
        run_plan(plan_study(CompareOptions.of(options), small_data()), Watching())
    assert len(started) == 2
    assert differing_files(out, whole) == []
    looks = [[(look.seeds, look.dropped) for look in Study.open(each).record.looks] for each in (out, whole)]
    assert looks[0] == looks[1]


def test_a_study_that_was_cut_off_between_two_seeds_has_its_jobs_for_the_next(tmp_path: Path) -> None:
    out = tmp_path / "study"

    def listen(event: object) -> None:
        if isinstance(event, StudyKept):
            raise Cut

    with pytest.raises(Cut):
        run_plan(plan(out, max_seeds=4), listen)
    going_on = plan(out, max_seeds=4, jobs=8)
    assert (going_on.todo, going_on.hardware.num_jobs) == ((), len(THREE))


def test_all_that_was_planned_ends_it(tmp_path: Path) -> None:
    watching = Watching()
    study = run_plan(plan(tmp_path / "study", NAMES, max_seeds=2), watching)
    assert len(study.runs) == 4
    assert any("After 2 seeds it is" in note for note in watching.notes)
    verdict = conclude(study)
    assert verdict.look is not None
    assert (verdict.look.planned, verdict.look.is_only) == (2, True)


def test_runs_that_failed_are_done_again_once_and_not_at_every_seed(tmp_path: Path) -> None:
    first = plan(tmp_path / "study", auto_batch=True, retry_failed=True)
    larger = grown(first)
    assert (first.retry_failed, larger.retry_failed) == (True, False)
    assert larger.request.seeds == (0, 1, 2)
    assert larger.runs[0].spec.auto_batch


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"seeds": 3},
            "Expected seeds to be left out with until_decided, which adds seeds itself, but got 3",
        ),
        (
            {"max_seeds": "open"},
            "Expected max_seeds to be a number from 2 with until_decided, but got 'open'",
        ),
        ({"max_seeds": 1}, "Expected max_seeds to be a number from 2 with until_decided, but got 1"),
        (
            {"minutes": 30},
            "Expected minutes to be left out with until_decided, which ends by itself, but got 30",
        ),
        ({"tune": 2}, "Expected tune to be left out with until_decided, which ends by itself, but got 2"),
    ],
)
def test_what_goes_with_no_end_that_is_decided_is_refused(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        plan(tmp_path / "study", **options)
