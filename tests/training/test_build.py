"""A seed's network begins with the same weights whatever was drawn before."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware
from taskgraft.network import TRUNK_FAMILIES, Lane, declare
from taskgraft.network._trunk_families import Compact
from taskgraft.recipe import CompactSpec, Recipe
from taskgraft.training import Job
from taskgraft.training._build import untrained_network

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)


class Undrawn(Compact):
    """Declares a layer whose first weights are those that torch gave it."""

    def lane(self, spec: CompactSpec, image_shape: tuple[int, int, int]) -> Lane:
        lane = super().lane(spec, image_shape)
        width = spec.stage_widths[-1]
        more = declare(nn.Conv2d(width, width, 1), "plain")
        return Lane([*lane.stages[:-1], nn.Sequential(lane.stages[-1], more)], lane.pool)


def test_weights_that_a_part_drew_by_itself_are_the_seeds(
    tiny_data: Dataset, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TRUNK_FAMILIES._entries, "compact", Undrawn)
    shared = catalogue(tiny_data.taxonomy.level_names)["shared"]

    def weights(seed: int) -> torch.Tensor:
        torch.rand(3)
        network = untrained_network(Job(shared, tiny_data, tiny_recipe, F32), seed)
        return torch.cat([weight.detach().flatten() for weight in network.trunk.parameters()])

    before = torch.get_rng_state()
    first = weights(0)
    torch.set_rng_state(before)
    torch.rand(3)
    state = torch.get_rng_state()
    assert torch.equal(weights(0), first)
    assert not torch.equal(weights(1), first)
    torch.set_rng_state(state)
    untrained_network(Job(shared, tiny_data, tiny_recipe, F32), 0)
    assert torch.equal(torch.get_rng_state(), state)
