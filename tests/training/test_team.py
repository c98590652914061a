"""Several processes that make one run: their gradients, statistics and weights are those of one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from cut_off import short
from torch import Tensor

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.events import drained
from taskgraft.hardware import ALONE, Hardware, Team
from taskgraft.history import Epoch
from taskgraft.recipe import AdamW, Crop, Recipe, TimmTrunkSpec, changed
from taskgraft.recipe._recipes import fast, original
from taskgraft.training import Job, training_events
from taskgraft.training._batches import Batches
from taskgraft.training._begin import first_state
from taskgraft.training._step import Step
from taskgraft.training.balancers import BALANCERS
from teams import in_team, team_of

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)
# No number of processes divides it.
BATCH = 35
Named = dict[str, np.ndarray]


def tuned(tiny: Recipe) -> Recipe:
    """As `finetune`: a network of timm with stochastic depth, and kept statistics."""
    trunk = TimmTrunkSpec(backbone="test_efficientnet", drop_path=0.3)
    changes = {
        "network": tiny.network.model_copy(update={"trunk": trunk}),
        "optimizer": AdamW(learning_rate=0.01, weight_decay=0.1),
        "trunk_statistics": "kept",
        "augmentation": Crop(brightness=0.2),
    }
    return tiny.model_copy(update=changes)


def mixed(tiny: Recipe) -> Recipe:
    """Mixup and cutmix, and classes that count the same."""
    return short(fast(), augmentation=Crop(mixup_alpha=0.4, cutmix_alpha=1.0), balance="loss")


def balanced(kind: str, **settings: object) -> Callable[[Recipe], Recipe]:
    values = {"kind": kind, **settings}
    return lambda tiny: changed(tiny, {f"balancing.{name}": value for name, value in values.items()})


CASES: dict[str, tuple[Callable[[Recipe], Recipe], str]] = {
    "quick": (lambda tiny: tiny, "shared-coarse-to-fine"),
    "fast": (lambda tiny: short(fast(), growth=(0.5, 1.0)), "shared"),
    "original": (lambda tiny: short(original()), "fine-to-coarse"),
    "finetune": (tuned, "shared"),
    "mixed": (mixed, "shared"),
    "uncertainty": (balanced("uncertainty"), "shared"),
    "famo": (balanced("famo"), "shared"),
    "gradnorm": (balanced("gradnorm"), "shared"),
    "gradnorm at parameters": (balanced("gradnorm", at="parameters"), "shared"),
    "graddrop": (balanced("graddrop"), "shared"),
    "upgrad at parameters": (balanced("upgrad"), "coarse-to-fine"),
}


@pytest.fixture(scope="module")
def gaps(tiny_data: Dataset) -> Dataset:
    """A third of the labels is not known."""
    labels = tiny_data.labels.copy()
    labels[np.random.default_rng(3).random(labels.shape) < 0.33] = -1
    return replace(tiny_data, labels=labels)


def job_of(recipe: Recipe, architecture: str, data: Dataset, team: Team = ALONE) -> Job:
    chosen = catalogue(data.taxonomy.level_names)[architecture]
    return Job(chosen, data, recipe.model_copy(update={"batch_size": BATCH}), F32, team)


def numbers(tensors: Iterable[tuple[str, Tensor | None]]) -> Named:
    return {name: each.detach().numpy().copy() for name, each in tensors if each is not None}


def one_step(team: Team, recipe: Recipe, architecture: str, data: Dataset) -> tuple[Named, Named]:
    """In f64 the gradients of a first step, whose weights do not move, and the running statistics."""
    job = job_of(recipe, architecture, data, team)
    state = first_state(job, 0)
    network, balancing = state.network.double().train(), recipe.balancing
    network.precision = torch.float64
    balancer = BALANCERS[balancing.kind](state.balancer.weights.double(), 0, **balancing.settings)
    gradients: Named = {}
    state.optimizer.step = lambda: gradients.update(  # type: ignore[method-assign]
        numbers((name, each.grad) for name, each in network.named_parameters())
    )
    batches = Batches(data, job.recipe, 0, "cpu", job.architecture.branched_places, team)
    losses = Step(network, balancer, state.optimizer, job)(next(batches.epoch(0)))
    return {**gradients, "losses": losses.numpy()}, numbers(network.named_buffers())


def trained(team: Team, recipe: Recipe, architecture: str, data: Dataset) -> tuple[Named, list[Epoch]]:
    """Weights and history of a run."""
    network, history = drained(training_events(job_of(recipe, architecture, data, team), 0))
    return numbers(network.state_dict().items()), history


def farthest(ones: Named, others: Named) -> float:
    """The largest difference, as a share of the largest number of the same tensor."""
    assert ones.keys() == others.keys()
    return max(
        float(np.abs(one - others[name]).max() / max(np.abs(one).max(), 1e-6)) for name, one in ones.items()
    )


def each(team: Team, done: Callable[..., Any], recipes: list[tuple[Recipe, str]], data: Dataset) -> list[Any]:
    """What is done for each of some recipes: to start processes takes longer than a step."""
    return [done(team, recipe, architecture, data) for recipe, architecture in recipes]


@pytest.fixture(scope="module")
def steps(gaps: Dataset, tiny_recipe: Recipe) -> dict[str, list[tuple[Named, Named]]]:
    """By case the first step of each of two processes."""
    recipes = [(make(tiny_recipe), architecture) for make, architecture in CASES.values()]
    done = in_team(team_of(2, BATCH), each, one_step, recipes, gaps)
    return dict(zip(CASES, map(list, zip(*done, strict=True)), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_gradients_and_statistics_are_those_of_one_process(
    case: str, gaps: Dataset, tiny_recipe: Recipe, steps: dict[str, list[tuple[Named, Named]]]
) -> None:
    make, architecture = CASES[case]
    alone = one_step(ALONE, make(tiny_recipe), architecture, gaps)
    first, second = steps[case]
    # Gradients at shared weights are compared in f32.
    near = 1e-5 if case.endswith("at parameters") else 1e-11
    assert all(farthest(one, together) < near for one, together in zip(alone, first, strict=True))
    assert all(farthest(one, other) == 0 for one, other in zip(first, second, strict=True))


# Where rounding of f32 leads in an epoch of four steps, of networks with some hundred weights.
BOUNDS = {"quick": 1e-4, "fast": 2e-2, "finetune": 2e-3}


@pytest.fixture(scope="module")
def epochs(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> dict[str, tuple[tuple[Recipe, str], list[tuple[Named, list[Epoch]]]]]:
    """By case its recipe, and an epoch by each of two processes."""
    recipes = {
        case: (CASES[case][0](tiny_recipe).model_copy(update={"epochs": 1.0}), CASES[case][1])
        for case in BOUNDS
    }
    done = in_team(team_of(2, BATCH), each, trained, list(recipes.values()), tiny_data)
    by_case = map(list, zip(*done, strict=True))
    return dict(zip(recipes, zip(recipes.values(), by_case, strict=True), strict=True))


@pytest.mark.parametrize("case", BOUNDS)
def test_an_epoch_agrees_with_one_process(case: str, tiny_data: Dataset, epochs: dict[str, Any]) -> None:
    (recipe, architecture), ((first, its_history), (second, _)) = epochs[case]
    weights, history = trained(ALONE, recipe, architecture, tiny_data)
    bound = BOUNDS[case]
    assert farthest(weights, first) < bound
    assert history[-1].train_loss == pytest.approx(its_history[-1].train_loss, abs=bound)
    assert history[-1].val_losses == pytest.approx(its_history[-1].val_losses, abs=bound)
    assert farthest(first, second) == 0


def test_three_processes_with_batch_norms_to_themselves_agree_among_one_another(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    recipe = tiny_recipe.model_copy(update={"epochs": 1.0})
    alone, _ = trained(ALONE, recipe, "shared", tiny_data)
    team = team_of(3, BATCH, synchronises=False)
    (first, _), *others = in_team(team, trained, recipe, "shared", tiny_data)
    assert [farthest(first, other) for other, _ in others] == [0, 0]
    assert farthest(alone, first) > 1e-2
