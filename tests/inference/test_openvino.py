"""OpenVINO computes what torch does, where its plugin by itself would not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from taskgraft.architecture import catalogue, flat
from taskgraft.hardware import Hardware
from taskgraft.inference import import_openvino, keep_pools_before_activations, predictor
from taskgraft.network import Network, initialise
from taskgraft.recipe import quick

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)


class Pooled(nn.Sequential):
    """A convolution whose maps are below zero nearly everywhere, a pool, an activation."""

    def __init__(self, activation: nn.Module) -> None:
        super().__init__(nn.Conv2d(8, 8, 3, padding=1), nn.MaxPool2d(2), activation)
        nn.init.constant_(self[0].bias, -2)


@pytest.mark.parametrize("activation", [nn.SiLU(), nn.GELU(), nn.Hardswish(), nn.Mish(), nn.ReLU()])
def test_a_pool_comes_before_the_activation_behind_it(activation: nn.Module) -> None:
    torch.manual_seed(0)
    network, maps = Pooled(activation).eval(), torch.randn(2, 8, 8, 8)
    openvino = import_openvino("openvino")
    model = openvino.convert_model(network, example_input=maps)
    keep_pools_before_activations(model)
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    with torch.no_grad():
        np.testing.assert_allclose(compiled(maps.numpy())[0], network(maps).numpy(), atol=1e-5)


def test_the_engine_computes_a_network_whose_maps_are_below_zero() -> None:
    network = Network(catalogue(["a", "b"])["shared"], quick().network, (2, 4), (3, 32, 32))
    initialise(network, 0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.bias, -1.5)
    images = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        expected = network.eval()(images)
    ours = predictor(network, F32, 3, (3, 32, 32), engine="openvino")(images)
    for logits, plain in zip(ours, expected, strict=True):
        torch.testing.assert_close(logits, plain, rtol=1e-4, atol=1e-4)


def test_the_engine_sums_derived_levels() -> None:
    tree = ((0, 0, 1), (0, 0, 1, 2, 2, 2))
    network = Network(flat("a,b,c")["flat"], quick().network, (2, 3, 6), (3, 32, 32), parents=tree)
    initialise(network, 0)
    images = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        expected = network.eval()(images)
    ours = predictor(network, F32, 3, (3, 32, 32), engine="openvino")(images)
    for logits, plain in zip(ours, expected, strict=True):
        torch.testing.assert_close(logits, plain, rtol=1e-4, atol=1e-4)
