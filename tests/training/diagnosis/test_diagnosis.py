"""A diagnosis changes nothing of a run, goes on where it was stopped, and sees what is shared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch

from taskgraft.architecture import catalogue, flat, known_architectures
from taskgraft.data import Dataset
from taskgraft.events import EpochDone, RunEvent, drained, silent
from taskgraft.file_writing import write_bytes
from taskgraft.hardware import Hardware
from taskgraft.network import Network
from taskgraft.probe import Probe
from taskgraft.recipe import Recipe
from taskgraft.stopping import STOP, Stopped
from taskgraft.training import Checkpoints, Job, training_events
from taskgraft.training._batch_losses import BatchLosses
from taskgraft.training._batches import Batches
from taskgraft.training._build import untrained_network
from taskgraft.training.diagnosis import Diagnosis, ProbePlan

HARDWARE = Hardware("cpu", "f32", channels_last=True, num_threads=1)


def job_of(name: str, data: Dataset, recipe: Recipe) -> Job:
    levels = data.taxonomy.level_names
    return Job((catalogue(levels) | flat(levels))[name], data, recipe, HARDWARE)


def diagnosis_of(job: Job) -> Diagnosis:
    """One of more than its budget: these runs are so short that none would be affordable."""
    diagnosis = Diagnosis(job, 0)
    diagnosis._plan = ProbePlan(1, 2, 16)
    return diagnosis


def trained(job: Job, diagnosis: Diagnosis | None, checkpoints: Checkpoints | None = None) -> Network:
    return drained(training_events(job, 0, checkpoints, diagnosis), silent)[0]


@pytest.mark.parametrize("name", ["shared", "independent", "shared-fine-to-coarse", "coarse-to-fine", "flat"])
def test_the_run_is_the_same_to_the_bit(name: str, tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    job = job_of(name, tiny_data, tiny_recipe)
    diagnosis = diagnosis_of(job)
    one, other = trained(job, None), trained(job, diagnosis)
    assert all(
        torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    )
    assert [probe.epoch for probe in diagnosis.probes] == [1.0, 2.0]


def test_what_is_shared_has_cosines_and_what_is_apart_has_likeness(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    probes = {}
    for name in ("shared", "independent", "coarse-to-fine", "flat"):
        job = job_of(name, tiny_data, tiny_recipe)
        diagnosis = diagnosis_of(job)
        trained(job, diagnosis)
        probes[name] = diagnosis.probes[-1]
    assert [stage.cosines is not None for stage in probes["shared"].stages] == [True] * 2
    assert all(stage.similarities is None for stage in probes["shared"].stages)
    assert probes["independent"].affinities is None
    assert all(stage.cosines is None for stage in probes["independent"].stages)
    assert all(stage.similarities is not None for stage in probes["independent"].stages)
    # The gradient of the fine loss flows into the coarse trunk.
    assert all(stage.cosines is not None and stage.similarities for stage in probes["coarse-to-fine"].stages)
    assert probes["flat"].levels == ("colour",)
    assert all(len(stage.norms) == 1 and stage.norms[0] > 0 for stage in probes["flat"].stages)


@pytest.mark.parametrize("precision", ["f32", "bf16"])
@pytest.mark.parametrize(
    ("name", "streams", "lanes"),
    [
        ("cross-stitch", 2, 2),
        ("sluice", 2, 2),
        ("nddr", 2, 2),
        ("mtan", 2, 1),
        ("mmoe", 2, 3),
        ("dselect-k", 2, 4),
        ("ple", 2, 3),
    ],
)
def test_what_mixers_take_is_seen(
    name: str,
    streams: int,
    lanes: int,
    precision: Literal["f32", "bf16"],
    tiny_data: Dataset,
    tiny_recipe: Recipe,
) -> None:
    num_stages = tiny_recipe.network.trunk.num_stages
    architecture = known_architectures(tiny_data.taxonomy.level_names, num_stages)[name]
    job = Job(architecture, tiny_data, tiny_recipe, replace(HARDWARE, precision=precision))
    diagnosis = diagnosis_of(job)
    trained(job, diagnosis)
    last = diagnosis.probes[-1].stages[-1]
    assert last.shares is not None
    assert (len(last.shares), len(last.shares[0])) == (streams, lanes)
    plain = diagnosis_of(job_of("shared", tiny_data, tiny_recipe))
    trained(job_of("shared", tiny_data, tiny_recipe), plain)
    assert all(stage.shares is None for stage in plain.probes[-1].stages)


def test_the_gradients_are_those_of_the_losses(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    """Against `backward`, on the batch that a probe looks at."""
    job = job_of("shared", tiny_data, tiny_recipe)
    diagnosis = diagnosis_of(job)
    diagnosis._plan = ProbePlan(1, 1, 16)
    network = untrained_network(job, 0)
    batches = Batches(tiny_data, tiny_recipe, 0, "cpu")
    diagnosis.end_epoch(network, batches, 5, 1)
    losses = BatchLosses(network.train(), job)
    batch = next(batches.plain(1, 16))
    gradients = []
    for level in range(2):
        network.zero_grad()
        losses(batch._replace(images=batch.images.contiguous(memory_format=torch.channels_last)))[0][
            level
        ].backward()
        stage = network.trunk.stages[1]
        gradients.append(
            torch.cat([each.grad.flatten() for each in stage.parameters() if each.grad is not None])
        )
    one, other = gradients
    seen = diagnosis.probes[0].stages[1]
    assert seen.norms == pytest.approx((float(one.norm()), float(other.norm())), rel=1e-4)
    assert seen.cosines is not None
    assert seen.cosines[0][1] == pytest.approx(float(one @ other / one.norm() / other.norm()), abs=1e-4)


def test_a_run_that_was_stopped_keeps_its_probes(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    def checkpoints() -> Checkpoints:
        return Checkpoints(tmp_path, "one", write_bytes, most_share=1.0)

    job = job_of("shared", tiny_data, tiny_recipe)
    whole = diagnosis_of(job)
    trained(job, whole)
    try:
        with pytest.raises(Stopped):
            drained(training_events(job, 0, checkpoints(), diagnosis_of(job)), stop_behind_an_epoch)
    finally:
        STOP.clear()
    second = diagnosis_of(job)
    trained(job, second, checkpoints())
    assert [_bare(probe) for probe in second.probes] == [_bare(probe) for probe in whole.probes]


def stop_behind_an_epoch(event: RunEvent) -> None:
    if isinstance(event, EpochDone):
        STOP.make(15)


def _bare(probe: Probe) -> Probe:
    return probe.model_copy(update={"seconds": 0.0})
