from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from taskgraft.architecture import NAMES, catalogue
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.inference import folded, predict_logits
from taskgraft.network import Network
from taskgraft.recipe import Recipe
from taskgraft.recipe._recipes import original
from taskgraft.training import train

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)


def trained(data: Dataset, recipe: Recipe, name: str = "shared") -> Network:
    short = recipe.model_copy(update={"epochs": 1.0, "batch_size": 32})
    return train(catalogue(data.taxonomy.level_names)[name], data, short, 0, F32)[0]


def num_norms(network: nn.Module) -> int:
    return sum(isinstance(module, _BatchNorm) for module in network.modules())


@pytest.mark.parametrize("name", NAMES)
def test_a_folded_network_gives_the_same_logits(tiny_data: Dataset, tiny_recipe: Recipe, name: str) -> None:
    network = trained(tiny_data, tiny_recipe, name)
    fast = folded(network, torch.float32, torch.channels_last)
    assert num_norms(network) > 0
    assert num_norms(fast) == 0
    images = torch.from_numpy(tiny_data.images)
    with torch.no_grad():
        for ours, plain in zip(fast(images), network(images), strict=True):
            torch.testing.assert_close(ours, plain, rtol=1e-4, atol=1e-4)


def test_residual_stages_fold_too(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    trunk = tiny_recipe.network.trunk.model_copy(update={"stage_depth": 4})
    deep = tiny_recipe.model_copy(update={"network": tiny_recipe.network.model_copy(update={"trunk": trunk})})
    network = trained(tiny_data, deep)
    fast = folded(network, torch.float32, torch.channels_last)
    assert num_norms(fast) == 0
    images = torch.from_numpy(tiny_data.images)
    with torch.no_grad():
        for ours, plain in zip(fast(images), network(images), strict=True):
            torch.testing.assert_close(ours, plain, rtol=1e-4, atol=1e-4)


def test_keras_networks_fold_what_can_be_folded(tiny_data: Dataset) -> None:
    network = trained(tiny_data, original())
    fast = folded(network, torch.float32, torch.channels_last)
    assert not any(isinstance(module, nn.Dropout) for module in fast.modules())
    images = torch.from_numpy(tiny_data.images)
    with torch.no_grad():
        for ours, plain in zip(fast(images), network(images), strict=True):
            torch.testing.assert_close(ours, plain, rtol=1e-4, atol=1e-4)


def test_a_negative_scale_is_not_folded_through_a_pool(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    network = trained(tiny_data, tiny_recipe)
    norm = next(module for module in network.modules() if isinstance(module, nn.BatchNorm2d))
    with torch.no_grad():
        norm.weight[0] = -1
    fast = folded(network, torch.float32, torch.channels_last)
    assert num_norms(fast) == 1
    images = torch.from_numpy(tiny_data.images)
    with torch.no_grad():
        torch.testing.assert_close(fast(images)[1], network(images)[1], rtol=1e-4, atol=1e-4)


def test_bf16_logits_stay_close_and_the_network_is_left_alone(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    network = trained(tiny_data, tiny_recipe)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    exact = predict_logits(network, tiny_data, "test", F32)
    rounded = predict_logits(network, tiny_data, "test", replace(F32, precision="bf16"))
    for ours, plain in zip(rounded, exact, strict=True):
        # Eight bits of mantissa through five layers.
        assert abs(ours - plain).max() < 0.05 * abs(plain).max()
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_predicting_does_not_touch_what_trains_on(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    network = trained(tiny_data, tiny_recipe).train()
    predict_logits(network, tiny_data, "val", choose_hardware("cpu", 1))
    assert network.training
    assert all(module.training for module in network.modules())
