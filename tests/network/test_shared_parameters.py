"""Which weights are shared, against the gradients that arrive at them."""

from __future__ import annotations

from typing import Literal

import pytest
import torch

from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.network import Network
from taskgraft.recipe import recipe

SPEC = recipe("quick").network
LEVELS, CLASSES, SHAPE = ("a", "b", "c"), (2, 5, 9), (3, 17, 17)
IMAGES = torch.randint(0, 256, (6, *SHAPE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
FLOWS = [
    (),
    (Flow("a", "b"), Flow("b", "c")),
    (Flow("a", "b"), Flow("b", "c", "features")),
    (Flow("a", "b", passes_gradient=False), Flow("b", "c", "probs")),
    (Flow("c", "a", "features"), Flow("c", "b", passes_gradient=False)),
    (Flow("c", "b"), Flow("b", "a", passes_gradient=False)),
]


def reached_by_several(network: Network) -> set[torch.nn.Parameter]:
    """Trunk weights with a gradient of more than one level's logits."""
    branches = {id(p) for p in network.branches.parameters()}
    trunks = [p for p in network.parameters() if p.requires_grad and id(p) not in branches]
    counts = dict.fromkeys(trunks, 0)
    for logits in network(IMAGES):
        gradients = torch.autograd.grad(logits.square().sum(), trunks, retain_graph=True, allow_unused=True)
        for weight, gradient in zip(trunks, gradients, strict=True):
            counts[weight] += gradient is not None
    return {weight for weight, count in counts.items() if count > 1}


@pytest.mark.parametrize("flows", FLOWS)
@pytest.mark.parametrize(
    ("trunk", "forks"),
    [("separate", ()), ("shared", ()), ("forked", (1, 1, 1)), ("forked", (0, 1, 3)), ("forked", (3, 3, 0))],
)
def test_they_are_those_that_several_losses_reach(
    trunk: Literal["separate", "shared", "forked"], forks: tuple[int, ...], flows: tuple[Flow, ...]
) -> None:
    network = Network(Architecture("mine", LEVELS, trunk, flows, forks=forks), SPEC, CLASSES, SHAPE)
    shared = network.shared_parameters()
    assert set(shared) == reached_by_several(network)
    assert len(set(shared)) == len(shared)


def test_one_level_shares_nothing() -> None:
    network = Network(catalogue(("a",))["independent"], SPEC, (4,), SHAPE)
    assert network.shared_parameters() == []
