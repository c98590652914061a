"""Multiply-accumulates, against torch's own counter of operations."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.errors import RequestError
from taskgraft.network import MacCount, Network, cost
from taskgraft.recipe import RECIPES, BranchSpec, NetworkSpec, TimmTrunkSpec, follow_images, recipe

LEVELS, CLASSES = ("a", "b", "c"), (2, 5, 9)
ARCHITECTURES = {
    **catalogue(LEVELS),
    "forked": Architecture("forked", LEVELS, "forked", forks=(0, 1, 1)),
    "features": Architecture("features", LEVELS, "separate", (Flow("a", "c", "features"),)),
}


def torch_macs(network: nn.Module, images: torch.Tensor) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(images)
    return counter.get_total_flops() // 2


def torch_cost(architecture: Architecture, spec: NetworkSpec, image_shape: tuple[int, int, int]) -> int:
    with torch.device("meta"):
        network = Network(architecture, spec, CLASSES, image_shape).eval()
        return torch_macs(network, torch.empty(1, *image_shape))


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("recipe_name", RECIPES)
def test_every_recipe_costs_what_torch_counts(recipe_name: str, name: str) -> None:
    spec, architecture = recipe(recipe_name).network, ARCHITECTURES[name]
    counted = cost(architecture, spec, CLASSES, (3, 32, 32)).macs
    assert counted == torch_cost(architecture, spec, (3, 32, 32)) > 0


@pytest.mark.parametrize("image_shape", [(1, 28, 28), (3, 64, 64), (3, 41, 96)])
def test_so_do_images_of_other_shapes(image_shape: tuple[int, int, int]) -> None:
    spec = follow_images(recipe("fast"), image_shape).network
    architecture = ARCHITECTURES["shared-coarse-to-fine"]
    assert cost(architecture, spec, CLASSES, image_shape).macs == torch_cost(architecture, spec, image_shape)


@pytest.mark.parametrize(
    "backbone",
    [
        "test_resnet",
        "test_vit",
        "test_convnext",
        "test_efficientnet",
        "mobilenetv3_small_050",
        "densenet121",
        "resnet18",
        "levit_128s",
        "convmixer_768_32",
        "mixer_s32_224",
        "swin_tiny_patch4_window7_224",
        "xcit_nano_12_p16_224",
    ],
)
def test_networks_of_timm_cost_what_torch_counts(backbone: str) -> None:
    trunk = TimmTrunkSpec(backbone=backbone)
    spec = NetworkSpec(trunk=trunk, branch=BranchSpec(fc_1=(), fc_2=(8,)), conventions="modern")
    architecture = ARCHITECTURES["shared"]
    counted = cost(architecture, spec, CLASSES, (3, 224, 224)).macs
    assert counted == torch_cost(architecture, spec, (3, 224, 224)) > 0


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2),
        nn.Conv2d(4, 6, (1, 5), dilation=2, padding="same"),
        nn.Conv2d(4, 4, 3, groups=4, bias=False),
        nn.Sequential(nn.Flatten(2), nn.Linear(81, 5), nn.Linear(5, 3, bias=False)),
        nn.Sequential(nn.Flatten(2), nn.Conv1d(4, 2, 3)),
        nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2),
        nn.ConvTranspose2d(4, 3, (2, 5), dilation=(1, 2), bias=False),
        nn.Sequential(nn.Flatten(2), nn.ConvTranspose1d(4, 2, 3, stride=3)),
    ],
)
def test_layers_keep_their_shapes_and_are_counted(layer: nn.Module) -> None:
    images = torch.rand(2, 4, 9, 9)
    with MacCount() as count, torch.no_grad():
        shape = layer(images).shape
    assert shape == layer(images).shape
    assert count.macs == torch_macs(layer, images)


def test_attention_counts_its_two_products() -> None:
    query, key, value = torch.rand(2, 3, 5, 8), torch.rand(2, 3, 7, 8), torch.rand(2, 3, 7, 4)
    with MacCount() as count, torch.no_grad():
        attended = F.scaled_dot_product_attention(query, key, value)
    assert attended.shape == (2, 3, 5, 4)
    assert count.macs == 2 * 3 * 5 * 7 * (8 + 4)


def test_a_kernel_larger_than_its_maps_is_an_error_as_in_torch() -> None:
    layer, images = nn.Conv2d(1, 1, 5, stride=4), torch.rand(1, 1, 3, 9)
    with pytest.raises(RuntimeError, match="larger than its maps"), MacCount():
        layer(images)
    with pytest.raises(RuntimeError):
        layer(images)


def test_a_transposed_convolution_that_is_padded_to_nothing_is_an_error_as_in_torch() -> None:
    layer, images = nn.ConvTranspose2d(1, 1, 1, padding=2), torch.rand(1, 1, 3, 9)
    with pytest.raises(RuntimeError, match="padded to nothing"), MacCount():
        layer(images)
    with pytest.raises(RuntimeError):
        layer(images)


@pytest.mark.parametrize("widths", [(10**7,), (8, 10**18)])
def test_layers_that_no_machine_could_hold_are_refused_before_they_are_made(widths: tuple[int, ...]) -> None:
    trunk = recipe("quick").network.trunk.model_copy(update={"stage_widths": widths})
    spec = recipe("quick").network.model_copy(update={"trunk": trunk})
    with pytest.raises((RequestError, RuntimeError)):
        cost(ARCHITECTURES["shared"], spec, CLASSES, (3, 64, 64))


def test_images_that_no_machine_could_hold_are_refused() -> None:
    with pytest.raises(RequestError, match="one image to be at most 67,108,864 numbers, but got '4,3"):
        cost(ARCHITECTURES["shared"], recipe("quick").network, CLASSES, (65_536, 8_192, 8_192))
