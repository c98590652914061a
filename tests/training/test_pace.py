"""Some steps on the clock: what a pace is made of, and what it leaves alone."""

from __future__ import annotations

from unittest.mock import patch

import pytest
import torch

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


def test_of_a_large_step_a_part_is_measured(
    tiny_data: Dataset, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "_MOST_MACS", 1.0)
    large = job_of(tiny_data, changed(tiny_recipe, {"batch_size": 200}))
    with patch.object(pace, "Batches", wraps=pace.Batches) as batches:
        assert measure_pace(large).seconds(large) > 0
    assert batches.call_args.args[1].batch_size == 2


def test_published_weights_are_not_fetched(tiny_data: Dataset) -> None:
    tuned = with_trunk(recipe("finetune"), "timm/test_resnet")
    for ratio in (0.5, 1.0):
        job = job_of(tiny_data, changed(tuned, {"frozen_ratio": ratio, "batch_size": 4}))
        assert job.recipe.network.trunk.weights == "hub"
        assert measure_pace(job).seconds(job) > 0
