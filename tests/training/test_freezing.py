"""A trunk that stays as it began, for the first share of the steps or for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from drawn_colours import drawn_colours
from taskgraft.architecture import NAMES, Architecture, catalogue
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware
from taskgraft.network import Network, cost
from taskgraft.network._timm_import import import_timm
from taskgraft.recipe import Recipe, changed, recipe
from taskgraft.training import Job, step_bytes, train, train_pflop, untrained_network, with_trunk
from taskgraft.training._batches import Batch
from taskgraft.training._freezing import TrainedTrunk
from taskgraft.training._optimizer import build_optimizer
from taskgraft.training._step import Step
from taskgraft.training.balancers import Fixed

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)
LEVELS = ("group", "colour")
KNOWN = catalogue(LEVELS)
SHARED = KNOWN["shared"]
ARCHITECTURES = [*(KNOWN[name] for name in NAMES), Architecture("fork", LEVELS, "forked", forks=(0, 1))]
TINY = "test_efficientnet"


@pytest.fixture(scope="module")
def data() -> Dataset:
    return drawn_colours(80, side=32, noise=20, num_test=20)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Recipe]:
    """The recipe of a few steps on a tiny trunk with weights of a file."""
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    torch.manual_seed(5)
    save_file(import_timm().create_model(TINY).state_dict(), path)
    based = with_trunk(recipe("finetune"), f"timm/{TINY}", str(path))
    short: Mapping[str, object] = {"batch_size": 16, "epochs": 2, "network.branch.fc_2": [8]}
    return lambda **values: changed(based, {**short, **values})


def trunk_state(network: Network) -> dict[str, Tensor]:
    """Weights and statistics of the trunk."""
    return {name: tensor.clone() for name, tensor in network.trunk.state_dict().items()}


def moved_tensors(network: Network, start: dict[str, Tensor]) -> set[str]:
    return {name for name, tensor in trunk_state(network).items() if not torch.equal(tensor, start[name])}


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda each: each.name)
def test_every_architecture_is_tuned_from_the_weights_and_probed_on_them(
    architecture: Architecture, data: Dataset, tuned: Callable[..., Recipe]
) -> None:
    start = trunk_state(untrained_network(Job(architecture, data, tuned(), F32), 0))
    network, history = train(architecture, data, tuned(frozen_ratio=0.5), 0, F32)
    assert history[-1].step == 6
    assert moved_tensors(network, start)
    probed, history = train(architecture, data, tuned(frozen_ratio=1), 0, F32)
    assert history[-1].step == 6
    assert not moved_tensors(probed, start)
    assert history[-1].train_loss < history[0].train_loss


def test_frozen_steps_leave_weights_and_statistics_and_the_next_one_moves_them(
    data: Dataset, tuned: Callable[..., Recipe]
) -> None:
    """Three of six steps, looked at behind each."""
    seen: list[set[str]] = []
    job = Job(SHARED, data, tuned(trunk_statistics="batch"), F32)
    network = untrained_network(job, 0)
    start = trunk_state(network)
    step = Step(network.train(), Fixed(torch.ones(2), 0), build_optimizer(network, job.recipe), job)
    images, targets = torch.from_numpy(data.images[:16]), torch.from_numpy(data.labels[:16])
    for number in range(6):
        step(Batch(images, targets), is_frozen=number < 3)
        seen.append(moved_tensors(network, start))
    assert seen[:3] == [set()] * 3
    assert any("running_mean" in name for name in seen[3])
    assert any(name.endswith("weight") for name in seen[3])


@pytest.mark.parametrize("statistics", ["batch", "kept"])
def test_batch_norms_of_the_trunk_keep_their_statistics_or_take_in_those_of_the_batches(
    statistics: str, data: Dataset, tuned: Callable[..., Recipe]
) -> None:
    job = Job(KNOWN["independent"], data, tuned(frozen_ratio=0, trunk_statistics=statistics), F32)
    start = trunk_state(untrained_network(job, 0))
    network, _ = train(job.architecture, data, job.recipe, 0, F32)
    moved = moved_tensors(network, start)
    running = {name for name in start if "running" in name}
    assert running <= moved if statistics == "batch" else not moved & running
    assert {name for name in start if name.endswith("bn1.weight")} <= moved


def test_a_frozen_step_is_that_of_heads_on_what_the_trunk_gives_when_predicting(
    data: Dataset, tuned: Callable[..., Recipe]
) -> None:
    job = Job(KNOWN["coarse-to-fine"], data, tuned(frozen_ratio=1), F32)
    one, other = (untrained_network(job, 0) for _ in range(2))
    images, targets = torch.from_numpy(data.images[:16]), torch.from_numpy(data.labels[:16])
    optimizer = build_optimizer(one, job.recipe)
    step = Step(one.train(), Fixed(torch.ones(2), 0), optimizer, job)
    losses = step(Batch(images, targets), is_frozen=True)
    with torch.no_grad():
        features = other.eval().features(images)
    logits = other.train().decide(features)
    expected = [
        torch.nn.functional.cross_entropy(level, target, label_smoothing=job.recipe.label_smoothing)
        for level, target in zip(logits, targets.T, strict=True)
    ]
    torch.testing.assert_close(losses, torch.stack(expected).detach())


def test_the_border_of_a_frozen_trunk_has_a_gradient_and_the_trunk_has_none(
    data: Dataset, tuned: Callable[..., Recipe]
) -> None:
    network = untrained_network(Job(SHARED, data, tuned(), F32), 0).train()
    trunk, images = TrainedTrunk(network, tuned()), torch.from_numpy(data.images[:4])
    features = trunk.features(images, is_frozen=True)
    sum(level.sum() for level in network.decide(features)).backward()
    assert all(each.grad is not None and each.grad.abs().sum() > 0 for each in features)
    assert all(weight.grad is None for weight in network.trunk.parameters())
    assert network.branches.training
    assert not network.trunk.training
    trunk.features(images, is_frozen=False)
    assert network.trunk.training


def test_what_is_frozen_costs_the_way_there_alone(data: Dataset, tuned: Callable[..., Recipe]) -> None:
    size = cost(SHARED, tuned().network, data.taxonomy.num_classes, data.image_shape)
    assert 0 < size.trunk_macs < size.macs
    heads = size.macs - size.trunk_macs
    images = 16 * 6
    expected = {
        0.0: 6 * size.macs,
        0.5: 4 * size.trunk_macs + 6 * heads,
        1.0: 2 * size.trunk_macs + 6 * heads,
    }
    for ratio, operations in expected.items():
        assert train_pflop(SHARED, tuned(frozen_ratio=ratio), data) == operations * images / 1e15


def test_a_frozen_trunk_is_foreseen_to_keep_less(data: Dataset, tuned: Callable[..., Recipe]) -> None:
    half, whole = (step_bytes(Job(SHARED, data, tuned(frozen_ratio=ratio), F32)) for ratio in (0.5, 1.0))
    assert 0 < whole < half / 10
