"""Runs on a network of timm in stages: those of the undivided one to the bit, and what stages are for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from drawn_colours import drawn_colours
from taskgraft.architecture import known_architectures
from taskgraft.data import Dataset
from taskgraft.events import drained, silent
from taskgraft.hardware import Hardware
from taskgraft.inference import folded
from taskgraft.network._timm_import import import_timm
from taskgraft.recipe import changed, quick, recipe
from taskgraft.training import Job, train, training_events, untrained_network, with_trunk
from taskgraft.training.diagnosis import Diagnosis, ProbePlan

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)
TINY, NUM_STAGES = "test_resnet", 5
KNOWN = known_architectures(["group", "colour"], NUM_STAGES)


@pytest.fixture(scope="module")
def data() -> Dataset:
    """Two groups of two colours, 80 images of 32x32."""
    return drawn_colours(80, side=32, noise=20, num_test=20)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    torch.manual_seed(5)
    save_file(import_timm().create_model(TINY).state_dict(), path)
    return path


@pytest.mark.parametrize("name", ["shared", "shared-coarse-to-fine"])
@pytest.mark.parametrize("base", ["quick", "finetune"])
def test_runs_are_the_same_divided_or_not(name: str, base: str, data: Dataset, weights: Path) -> None:
    based = with_trunk(recipe(base), f"timm/{TINY}", str(weights))
    # Batch norms that follow each batch, and blocks that are left out by draws.
    values = {"epochs": 2, "batch_size": 16, "trunk_statistics": "batch", "network.trunk.drop_path": 0.3}
    undivided, history = train(KNOWN[name], data, changed(based, values), 0, F32)
    values["network.trunk.stages"] = NUM_STAGES
    in_stages, again = train(KNOWN[name], data, changed(based, values), 0, F32)
    assert [epoch.train_loss for epoch in history] == [epoch.train_loss for epoch in again]
    images = torch.from_numpy(data.images[:8])
    for one, other in zip(undivided(images), in_stages(images), strict=True):
        assert torch.equal(one, other)


def test_separate_trunks_are_the_same_where_nothing_is_drawn(data: Dataset, weights: Path) -> None:
    based = changed(with_trunk(quick(), f"timm/{TINY}", str(weights)), {"epochs": 2, "batch_size": 16})
    histories = [
        train(KNOWN["independent"], data, changed(based, {"network.trunk.stages": stages}), 0, F32)[1]
        for stages in (1, NUM_STAGES)
    ]
    assert [epoch.train_loss for epoch in histories[0]] == [epoch.train_loss for epoch in histories[1]]


@pytest.mark.parametrize("name", ["forked-3", "mtan", "nddr", "cgc", "mmoe", "ple", "cross-stitch"])
def test_what_looks_at_stages_learns_and_folds(name: str, data: Dataset) -> None:
    short = changed(with_trunk(quick(), f"timm/{TINY}"), {"epochs": 3.0, "batch_size": 16})
    chosen = changed(short, {"network.trunk.stages": NUM_STAGES})
    built, history = train(KNOWN[name], data, chosen, 0, F32)
    assert history[-1].train_loss < history[0].train_loss
    images = torch.from_numpy(data.images[:8])
    fast = folded(built, torch.float32, torch.channels_last)
    with torch.no_grad():
        for one, other in zip(built.eval()(images), fast(images), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("at", ["features", "parameters"])
def test_levels_are_balanced_where_stages_are_shared(at: str, data: Dataset) -> None:
    values = {"epochs": 3.0, "batch_size": 16, "network.trunk.stages": NUM_STAGES}
    balanced = {"balancing.kind": "upgrad", "balancing.at": at}
    chosen = changed(changed(with_trunk(quick(), f"timm/{TINY}"), values), balanced)
    name = "shared" if at == "features" else "forked-3"
    built, history = train(KNOWN[name], data, chosen, 0, F32)
    assert history[-1].train_loss < history[0].train_loss
    shared = [*built.trunk.stages[:3].parameters()]
    if name == "forked-3":
        assert {id(each) for each in built.shared_parameters()} == {id(each) for each in shared}


def test_a_diagnosis_looks_at_every_stage(data: Dataset) -> None:
    values = {"epochs": 1.0, "batch_size": 16, "network.trunk.stages": NUM_STAGES}
    job = Job(KNOWN["forked-3"], data, changed(with_trunk(quick(), f"timm/{TINY}"), values), F32)
    diagnosis = Diagnosis(job, 0)
    # More than its budget: the run is so short that none would be affordable.
    diagnosis._plan = ProbePlan(1, 2, 16)
    drained(training_events(job, 0, None, diagnosis), silent)
    stages = diagnosis.probes[-1].stages
    assert [stage.cosines is not None for stage in stages] == [True] * 3 + [False] * 2
    assert [stage.similarities is not None for stage in stages] == [False] * 3 + [True] * 2


@pytest.mark.parametrize("statistics", ["kept", "batch"])
def test_stages_stay_as_they_began_and_keep_their_statistics(
    statistics: str, data: Dataset, weights: Path
) -> None:
    based = with_trunk(recipe("finetune"), f"timm/{TINY}", str(weights))
    stages = {"network.trunk.stages": NUM_STAGES, "trunk_statistics": statistics}
    tuned = changed(based, {"batch_size": 16, "epochs": 2, **stages})
    start = untrained_network(Job(KNOWN["forked-3"], data, tuned, F32), 0).trunk.state_dict()
    for frozen_ratio, may_move in ((1, False), (0.5, True)):
        built, _ = train(KNOWN["forked-3"], data, changed(tuned, {"frozen_ratio": frozen_ratio}), 0, F32)
        after = built.trunk.state_dict()
        moved = {name for name, each in after.items() if not torch.equal(each, start[name])}
        assert bool(moved) is may_move
        assert any("running" in name for name in moved) is (may_move and statistics == "batch")
