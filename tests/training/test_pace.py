"""Some steps on the clock: what a pace is made of, and what it leaves alone."""

from __future__ import annotations

import time
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.hardware import choose_hardware
from taskgraft.recipe import Recipe, changed, recipe
from taskgraft.training import Job, Pace, measure_pace, num_steps, train_pflop, with_trunk
from taskgraft.training import _pace as pace


def job_of(data: Dataset, recipe: Recipe, name: str = "shared") -> Job:
    architecture = catalogue(list(data.taxonomy.level_names))[name]
    return Job(architecture, data, recipe, choose_hardware("cpu", 1))


def test_a_run_takes_its_operations_and_its_steps(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    job = job_of(tiny_data, tiny_recipe)
    pflop, steps = train_pflop(job.architecture, job.recipe, job.data), num_steps(job.recipe, job.data)
    assert Pace(0.0, 2.0).seconds(job) == 2 * steps
    # Scores on the val split are forward alone.
    assert pflop < Pace(1.0, 0.0).seconds(job) < 1.5 * pflop


def test_steps_are_made_and_nothing_else_is_changed(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    before = torch.get_rng_state()
    measured = measure_pace(job_of(tiny_data, tiny_recipe))
    assert measured.seconds_per_pflop > 0
    assert measured.seconds_per_step > 0
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("long_step", "largest"), [(0.0, 2), (1e-9, 2), (1e9, 200)])
def test_of_a_large_step_a_part_is_measured(
    long_step: float, largest: int, tiny_data: Dataset, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "_FIRST_MACS", 1.0)
    monkeypatch.setattr(pace, "_LONG_STEP", long_step)
    large = job_of(tiny_data, changed(tiny_recipe, {"batch_size": 200}))
    with patch.object(pace, "Batches", wraps=pace.Batches) as batches:
        assert measure_pace(large).seconds(large) > 0
    sizes = [call.args[1].batch_size for call in batches.call_args_list]
    assert sizes[0] == 2
    assert sizes[-1] == min(largest, large.batch_size)
    assert sizes == sorted(set(sizes))


def test_a_cpu_whose_seconds_are_counted_coarsely_is_timed_by_the_wall(
    tiny_data: Dataset, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pace._clock("cpu") is time.process_time
    assert pace._clock("cuda") is time.perf_counter
    coarse = SimpleNamespace(resolution=0.0156)
    monkeypatch.setattr(pace.time, "get_clock_info", lambda _: coarse)
    assert pace._clock("cpu") is time.perf_counter
    assert measure_pace(job_of(tiny_data, tiny_recipe)).busy == pytest.approx(1, rel=1e-3)


@given(
    a_step=st.floats(0, 1),
    an_image=st.floats(1e-6, 1),
    sizes=st.tuples(st.integers(2, 9), st.integers(10, 99)),
)
def test_a_line_tells_what_a_step_costs_from_what_an_image_does(
    a_step: float, an_image: float, sizes: tuple[int, int]
) -> None:
    first, last = (pace._Timed(size, a_step + size * an_image, 0.0) for size in sizes)
    expected = min(a_step, last.seconds / 2)
    assert pace._fixed_seconds(first, last) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "last"), [((4, 0.2), (16, 0.9)), ((4, 0.2), (16, 0.1)), ((8, 1.0), (8, 1.0))]
)
def test_a_clock_that_errs_makes_no_images_free(first: tuple[int, float], last: tuple[int, float]) -> None:
    fixed = pace._fixed_seconds(pace._Timed(*first, 0.0), pace._Timed(*last, 0.0))
    assert 0 <= fixed <= last[1] / 2


def test_published_weights_are_not_fetched(tiny_data: Dataset) -> None:
    tuned = with_trunk(recipe("finetune"), "timm/test_resnet")
    for ratio in (0.5, 1.0):
        job = job_of(tiny_data, changed(tuned, {"frozen_ratio": ratio, "batch_size": 4}))
        assert job.recipe.network.trunk.weights == "hub"
        assert measure_pace(job).seconds(job) > 0
