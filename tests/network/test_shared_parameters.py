"""Which weights are shared, against the gradients that arrive at them."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
import torch

from taskgraft.architecture import (
    SOFT_NAMES,
    Architecture,
    Experts,
    Flow,
    Mixing,
    catalogue,
    known_architectures,
)
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


@pytest.mark.parametrize("flows", FLOWS[:3])
@pytest.mark.parametrize("name", SOFT_NAMES)
def test_soft_sharing_shares_what_several_losses_reach(name: str, flows: tuple[Flow, ...]) -> None:
    check_shared(replace(known_architectures(LEVELS, 3)[name], flows=flows))


@pytest.mark.parametrize(
    "architecture",
    [
        Architecture("late attention", LEVELS, "shared", mixers=(Mixing(3, "attention"),)),
        Architecture(
            "attention with a gap", LEVELS, "shared", mixers=(Mixing(1, "attention"), Mixing(3, "attention"))
        ),
        Architecture(
            "experts of levels alone",
            LEVELS,
            mixers=(Mixing(2, "gates"), Mixing(3, "gates")),
            experts=Experts(0, 2),
        ),
        Architecture(
            "shared experts, chosen twice",
            LEVELS,
            "forked",
            forks=(1, 1, 1),
            mixers=(Mixing(2, "gates"), Mixing(3, "gates")),
            experts=Experts(2),
        ),
        Architecture("a late stitch", LEVELS, "forked", forks=(1, 2, 2), mixers=(Mixing(2, "cross-stitch"),)),
    ],
    ids=lambda architecture: architecture.name,
)
def test_so_do_architectures_between(architecture: Architecture) -> None:
    check_shared(architecture)


def check_shared(architecture: Architecture) -> None:
    """Against the gradients that arrive, in a network whose weights are nowhere special."""
    network = Network(architecture, SPEC, CLASSES, SHAPE)
    shared = network.shared_parameters()
    assert set(shared) == reached_by_several(network)
    assert len(set(shared)) == len(shared)


def test_one_level_shares_nothing() -> None:
    network = Network(catalogue(("a",))["independent"], SPEC, (4,), SHAPE)
    assert network.shared_parameters() == []
