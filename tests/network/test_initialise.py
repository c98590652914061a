from __future__ import annotations

import math
import re

import pytest
import torch
from lane_parts import lane_of
from torch import Tensor, nn

from taskgraft.architecture import NAMES, catalogue
from taskgraft.network import Network, initialise, stream_generator
from taskgraft.recipe import BranchSpec, KerasBlocksSpec, NetworkSpec, recipe

LEVELS = ("kingdom", "family", "species")
KERAS = NetworkSpec(
    trunk=KerasBlocksSpec(stem_width=8, stage_widths=(8, 16)),
    branch=BranchSpec(fc_1=(64, 32), fc_2=(32, 16)),
    conventions="keras",
)


def initialised(name: str, seed: int = 0, spec: NetworkSpec = KERAS) -> Network:
    network = Network(catalogue(LEVELS)[name], spec, (2, 5, 9), (3, 16, 16))
    initialise(network, seed)
    return network


def weights(network: Network) -> dict[str, list[Tensor]]:
    """Weights by name, those of all lanes under one."""
    by_name: dict[str, list[Tensor]] = {}
    for name, value in network.named_parameters():
        by_name.setdefault(re.sub(r"lanes\.\d+", "lane", name), []).append(value)
    return by_name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spec", [KERAS, recipe("quick").network], ids=["keras", "modern"])
def test_one_seed_gives_every_architecture_the_same_weights(name: str, spec: NetworkSpec) -> None:
    control, other = (weights(initialised(each, spec=spec)) for each in ("shared", name))
    assert control.keys() == other.keys()
    num_unpaired = 0
    for key, (expected,) in control.items():
        for value in other[key]:
            if value.shape == expected.shape:
                assert torch.equal(value, expected), key
            else:
                num_unpaired += 1
    # Only the layer that takes a flow in is of another shape.
    assert num_unpaired == len(catalogue(LEVELS)[name].flows)


def test_seeds_and_levels_differ() -> None:
    first, second = (dict(initialised("independent", seed).named_parameters()) for seed in (0, 1))
    for name, value in first.items():
        if value.dim() > 1:
            assert not torch.equal(value, second[name]), name
    for a, b in ((0, 1), (1, 2)):
        key = "branches.{}.fc_1.0.0.weight"
        assert not torch.equal(first[key.format(a)], first[key.format(b)])


def test_weights_depend_on_nothing_but_seed_and_name() -> None:
    torch.manual_seed(1)
    first = initialised("coarse-to-fine").state_dict()
    torch.manual_seed(2)
    network = initialised("coarse-to-fine")
    # Building draws from the global stream, filling does not.
    before = torch.get_rng_state()
    initialise(network, 0)
    assert torch.equal(torch.get_rng_state(), before)
    for name, value in network.state_dict().items():
        assert torch.equal(value, first[name]), name


def test_streams_are_independent() -> None:
    named = ((0, "a", 1), (0, "a", 2), (0, "b", 1), (1, "a", 1), (0, "a1"), (10, "a"))
    draws = torch.stack([torch.rand(2000, generator=stream_generator(*name)) for name in named])
    correlations = torch.corrcoef(draws) - torch.eye(len(draws))
    assert correlations.abs().max() < 5 / math.sqrt(2000)


@pytest.mark.parametrize(
    "spec", [KERAS, recipe("quick").network, recipe("fast").network], ids=["keras", "modern", "residual"]
)
def test_weights_fill_their_interval_and_biases_are_zero(spec: NetworkSpec) -> None:
    for module in initialised("fine-to-coarse", spec=spec).modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            area = math.prod(module.weight.shape[2:])
            fan_out, fan_in = (size * area for size in module.weight.shape[:2])
            glorot = spec.conventions == "keras"
            bound = math.sqrt(6 / (fan_in + fan_out)) if glorot else math.sqrt(3 / fan_in)
            # The first filters of a modern convolution hand their input on: see the next test.
            hands_on = isinstance(module, nn.Conv2d) and module.bias is None
            handed_on = module.in_channels if hands_on and not glorot else 0
            drawn = module.weight[handed_on:]
            assert module.bias is None or not module.bias.any()
            if len(drawn):
                assert 0.9 * bound < drawn.abs().max() <= bound
                assert drawn.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.2)


def test_modern_convolutions_begin_by_handing_their_input_on() -> None:
    network = initialised("shared", spec=recipe("quick").network)
    pixels = torch.rand(2, 24, 9, 9)
    wide = lane_of(network)[1][0]  # 24 to 48 channels, in the second stage
    torch.testing.assert_close(wide(pixels)[:, :24], pixels)


def test_so_do_those_of_other_kernels() -> None:
    network = initialised("shared", spec=recipe("fast").network)
    first, _, last = lane_of(network)
    pixels = torch.rand(2, 64, 9, 9)
    torch.testing.assert_close(first[2][-1].block[0](pixels), pixels)  # 1x1, 64 to 64 channels
    wide = torch.rand(2, 256, 4, 4)
    handed_on = last[0](wide)[:, :256]  # 2x2, 256 to 768
    # The middle of an even kernel is the pixel to the right and below; behind the edge there is nothing.
    torch.testing.assert_close(handed_on[:, :, :-1, :-1], wide[:, :, 1:, 1:])
    assert not handed_on[:, :, -1].any()
