"""The gates of DSelect-k: how many experts they take, and of how many they choose."""

from __future__ import annotations

import pytest
import torch

from taskgraft.architecture import Architecture, Experts, Mixing
from taskgraft.errors import ArchitectureError
from taskgraft.network import Network
from taskgraft.network._dselect import Selector, smooth_step
from taskgraft.recipe import BranchSpec, CompactSpec, NetworkSpec

SPEC = NetworkSpec(
    trunk=CompactSpec(stem_width=4, stage_widths=(4, 6)),
    branch=BranchSpec(fc_1=(), fc_2=(6,)),
    conventions="modern",
)


def test_a_selector_that_is_certain_takes_two_at_most() -> None:
    torch.manual_seed(0)
    selector = Selector(5, 8, "key")
    with torch.no_grad():
        selector.bits.weight.mul_(1e3)
    shares = selector(torch.randn(40, 5))
    assert ((shares > 0).sum(1) <= 2).all()
    torch.testing.assert_close(shares.sum(1), torch.ones(40))


def test_the_step_is_smooth_and_ends() -> None:
    values = torch.linspace(-1, 1, 201, dtype=torch.float64, requires_grad=True)
    steps = smooth_step(values)
    (slopes,) = torch.autograd.grad(steps.sum(), values)
    assert (steps.diff() >= 0).all()
    assert (steps[values <= -0.5] == 0).all()
    assert (steps[values >= 0.5] == 1).all()
    assert float(slopes.diff().abs().max()) < 0.1


def test_other_numbers_of_experts_are_refused() -> None:
    mine = Architecture("mine", ("a", "b"), mixers=(Mixing(2, "dselect-k"),), experts=Experts(shared=3))
    with pytest.raises(ArchitectureError, match="through dselect-k to be a power of two, but got 3"):
        Network(mine, SPEC, (2, 3), (3, 8, 8))
