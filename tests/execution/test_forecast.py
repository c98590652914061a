"""How long a plan would take: few networks are measured, and what is done is left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planned import planned
from taskgraft.data import Dataset
from taskgraft.execution import Forecast
from taskgraft.execution import _forecast as forecast
from taskgraft.recipe import Recipe
from taskgraft.training import Job, Pace


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """What is measured; each takes a second a step."""
    jobs: list[Job] = []

    def measure(job: Job) -> Pace:
        jobs.append(job)
        return Pace(0.0, 1.0)

    monkeypatch.setattr(forecast, "measure_pace", measure)
    return jobs


def test_few_networks_are_measured_whatever_the_number_of_variants(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, measured: list[Job]
) -> None:
    given: Any = {"vary": {"batch_size": [8, 12, 16, 24]}, "out": tmp_path, "jobs": 1}
    plan = planned(tiny_data, "all", tiny_recipe, 3, **given)
    made = Forecast(plan)
    assert len(measured) == 3
    assert made.of_runs(plan.runs) == pytest.approx(sum(map(made.seconds, plan.runs)))
    small, large = plan.runs[0], plan.runs[-1]
    assert made.seconds(small) > made.seconds(large)


def test_jobs_share_the_time(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, measured: list[Job]
) -> None:
    times = []
    for jobs in (1, 2):
        plan = planned(tiny_data, "shared", tiny_recipe, 4, out=tmp_path, jobs=jobs)
        times.append(Forecast(plan).of_runs(plan.todo))
    assert times[1] == pytest.approx(times[0] / 2)
    assert len(measured) == 2
    assert Forecast(plan).of_runs([]) == 0


def test_runs_that_are_done_are_measured_where_they_are_named(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, measured: list[Job]
) -> None:
    plan = planned(tiny_data, "shared", tiny_recipe, 1, out=tmp_path, jobs=1)
    done = replace(plan, runs=tuple(replace(run, is_finished=True) for run in plan.runs))
    assert Forecast(done).of_runs(done.todo) == 0
    assert measured == []
    assert Forecast(done, done.runs).of_runs(done.runs) > 0
