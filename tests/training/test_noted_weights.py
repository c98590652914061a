"""What a balancer chose stands in the history, and survives a stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.events import RunEvent, StepDone, drained, silent
from taskgraft.file_writing import write_bytes
from taskgraft.hardware import Hardware
from taskgraft.history import Epoch
from taskgraft.recipe import Recipe, changed
from taskgraft.stopping import STOP, Stopped
from taskgraft.training import Checkpoints, Job, training_events

HARDWARE = Hardware("cpu", "f32", channels_last=True, num_threads=1)
WEIGHTINGS = ("random", "geometric", "stch", "dwa", "uncertainty", "imtl-l", "gradnorm", "famo")


def history(
    data: Dataset,
    recipe: Recipe,
    kind: str,
    checkpoints: Checkpoints | None = None,
    listener: Callable[[RunEvent], None] = silent,
) -> list[Epoch]:
    architecture = catalogue(data.taxonomy.level_names)["shared"]
    job = Job(architecture, data, changed(recipe, {"balancing": kind}), HARDWARE)
    return drained(training_events(job, 0, checkpoints), listener)[1]


@pytest.mark.parametrize("kind", WEIGHTINGS)
def test_weights_of_every_epoch_are_kept(kind: str, tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    for row in history(tiny_data, tiny_recipe, kind):
        assert row.level_weights is not None
        assert list(row.level_weights) == ["group", "colour"]
        assert all(weight > 0 for weight in row.level_weights.values())
        assert row.gradient_ratio is None


def test_random_weights_are_the_mean_of_their_draws_and_sum_to_one(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    for row in history(tiny_data, tiny_recipe, "random"):
        assert sum((row.level_weights or {}).values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["fixed", "equal"])
def test_what_never_changes_is_not_noted(kind: str, tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    for row in history(tiny_data, tiny_recipe, kind):
        assert row.level_weights is None
        assert row.gradient_ratio is None
        assert "level_weights" not in row.model_dump_json(exclude_none=True)


def test_an_aggregator_notes_the_norm_that_it_makes(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    for row in history(tiny_data, tiny_recipe, "mean"):
        assert row.gradient_ratio == pytest.approx(0.5, rel=1e-5)
        assert row.level_weights is None


@pytest.mark.parametrize("kind", ["random", "mean"])
def test_a_stop_in_an_epoch_changes_nothing_of_it(
    kind: str, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    def stop_at_a_step(event: RunEvent) -> None:
        if isinstance(event, StepDone) and event.step == 3:
            STOP.make(15)

    def checkpoints() -> Checkpoints:
        return Checkpoints(tmp_path, "one", write_bytes)

    whole = history(tiny_data, tiny_recipe, kind)
    try:
        with pytest.raises(Stopped):
            history(tiny_data, tiny_recipe, kind, checkpoints(), stop_at_a_step)
    finally:
        STOP.clear()
    rest = history(tiny_data, tiny_recipe, kind, checkpoints())
    assert [(row.level_weights, row.gradient_ratio) for row in rest] == [
        (row.level_weights, row.gradient_ratio) for row in whole
    ]
