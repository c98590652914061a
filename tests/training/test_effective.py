"""What of a recipe has a say: recipes of the same effective values train to the same bits, others do not."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware
from taskgraft.recipe import Recipe, TimmTrunkSpec, changed, keys_of
from taskgraft.training import effective_values, train

HARDWARE = Hardware("cpu", "f32", channels_last=True, num_threads=1)
SHARED = Architecture("shared", ("group", "colour"), "shared")
STOP = {"early_stop": {"patience": 50, "min_delta": 0.0}}


def weights(data: Dataset, recipe: Recipe) -> dict[str, Tensor]:
    network, _ = train(SHARED, data, recipe, 0, HARDWARE)
    return network.state_dict()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"batch_size": 200}, {"batch_size": 4000}),
        ({"name": "a"}, {"name": "b"}),
        ({"side_pixels": 32}, {"side_pixels": 64}),
        ({"epochs": 1}, {"epochs": 1.05}),
        ({"schedule": "constant"}, {"schedule": "constant", "warmup_ratio": 0.5}),
        ({"warmup_ratio": 0.2}, {"warmup_ratio": 0.21}),
        ({"growth": [1.0]}, {"growth": []}),
        ({"growth": [0.5, 0.5, 1.0, 1.0]}, {"growth": [0.5, 1.0]}),
        ({"growth": [0.5, 1.0]}, {"growth": [0.52, 1.0]}),
        ({"balance": "loss"}, {"balance": "loss", "balance_levels": ["colour", "group"]}),
        ({"balance": "sampler"}, {"balance": "sampler", "balance_levels": ["colour"]}),
        ({}, STOP),
        (STOP, {"early_stop": {"patience": 60, "min_delta": 0.1}}),
        ({"min_steps": 0}, {"min_steps": 5}),
        ({}, {"augmentation.mix_probability": 0.5}),
        ({"augmentation.mixup_alpha": 0.4, "augmentation.mix_probability": 0}, {}),
        (
            {"augmentation.kind": "crop", "augmentation.policy": "trivial-augment"},
            {
                "augmentation.kind": "crop",
                "augmentation.policy": "trivial-augment",
                "augmentation.policy_magnitude": 0.9,
            },
        ),
        ({"augmentation.kind": "crop"}, {"augmentation.kind": "crop", "augmentation.stored_ratio": 1.001}),
        ({"network.branch.fc_2": []}, {"network.branch.fc_2": [], "network.branch.dropout": 0.5}),
    ],
)
def test_recipes_of_the_same_effective_values_train_the_same(
    first: dict[str, Any], second: dict[str, Any], tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    recipes = [changed(tiny_recipe, {"epochs": 1, **each}) for each in (first, second)]
    assert recipes[0] != recipes[1]
    assert effective_values(recipes[0], tiny_data) == effective_values(recipes[1], tiny_data)
    one, other = (weights(tiny_data, recipe) for recipe in recipes)
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        torch.testing.assert_close(tensor, other[name], rtol=0, atol=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_size": 159},
        {"epochs": 3},
        {"warmup_ratio": 0.9},
        {"growth": [0.5, 1.0]},
        {"balance": "loss"},
        {"balance": "sampler"},
        {"augmentation.alternate": True},
        {"early_stop": {"patience": 1, "min_delta": 0.0}},
        {"network.branch.dropout": 0.5},
        {"optimizer.weight_decay": 0.1},
        {"test_time_flip": True},
        {"finest_weight": 2},
        {"trunk_rate_ratio": 0.5},
        {"schedule": "cosine"},
    ],
)
def test_what_has_a_say_is_told_apart(
    changes: dict[str, Any], tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    assert effective_values(changed(tiny_recipe, changes), tiny_data) != effective_values(
        tiny_recipe, tiny_data
    )


def test_every_value_is_looked_at(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    looked_at = {path for path, _ in effective_values(tiny_recipe, tiny_data)}
    assert {key.path for key in keys_of(tiny_recipe)} - looked_at == {"name", "side_pixels", "min_steps"}


def frozen(recipe: Recipe, **values: object) -> Recipe:
    """A recipe on a pretrained trunk, which is looked at and not built."""
    trunk = TimmTrunkSpec(backbone="test_resnet", weights="hub", drop_path=values.pop("drop_path", 0.0))
    network = recipe.network.model_copy(update={"trunk": trunk})
    return recipe.model_copy(update={"network": network, "epochs": 2.0, **values})


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ({"frozen_ratio": 0.5}, {"frozen_ratio": 0.51}, True),
        ({"frozen_ratio": 0.5}, {"frozen_ratio": 1.0}, False),
        ({"frozen_ratio": 1.0}, {"frozen_ratio": 1.0, "trunk_rate_ratio": 0.1}, True),
        ({"frozen_ratio": 1.0}, {"frozen_ratio": 1.0, "drop_path": 0.1}, True),
        ({"frozen_ratio": 1.0}, {"frozen_ratio": 1.0, "trunk_statistics": "kept"}, True),
        ({"frozen_ratio": 0.5}, {"frozen_ratio": 0.5, "trunk_statistics": "kept"}, False),
        ({"frozen_ratio": 0.5}, {"frozen_ratio": 0.5, "drop_path": 0.1}, False),
    ],
)
def test_what_moves_a_trunk_has_a_say_while_it_moves(
    first: dict[str, Any], second: dict[str, Any], is_same: bool, tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    one, other = (effective_values(frozen(tiny_recipe, **each), tiny_data) for each in (first, second))
    assert (one == other) is is_same
