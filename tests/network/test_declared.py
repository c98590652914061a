"""Weights begin and move as their modules declare, whatever those are called and wherever they stand."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from torch import nn

from taskgraft.architecture import Architecture, catalogue, stage_lanes
from taskgraft.errors import ArchitectureError
from taskgraft.network import (
    TRUNK_FAMILIES,
    Lane,
    Network,
    TrunkFamily,
    declare,
    declared,
    initialise,
    lecun_uniform,
    parameter_groups,
)
from taskgraft.network._trunk_families import Compact
from taskgraft.recipe import CompactSpec, NetworkSpec, quick, recipe

SPEC = quick().network
ARCHITECTURE = catalogue(("a", "b"))["coarse-to-fine"]


def network(seed: int = 3, spec: NetworkSpec = SPEC) -> Network:
    built = Network(ARCHITECTURE, spec, (2, 4), (3, 32, 32))
    initialise(built, seed)
    return built


class Renamed(TrunkFamily[CompactSpec]):
    """`compact`, with every layer under another name and one level deeper."""

    def lane(self, spec: CompactSpec, image_shape: tuple[int, int, int]) -> Lane:
        lane = Compact().lane(spec, image_shape)
        return Lane([self._renamed(stage) for stage in lane.stages], lane.pool)

    @staticmethod
    def _renamed(stage: nn.Module) -> nn.Module:
        layers = {f"layer_{name}": layer for name, layer in stage.named_children()}
        return nn.Sequential(OrderedDict(inner=nn.Sequential(OrderedDict(layers))))


def test_a_renamed_layer_keeps_its_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    before = network()
    monkeypatch.setitem(TRUNK_FAMILIES._entries, "compact", Renamed)
    after = network()
    names = [[name for name, _ in each.named_parameters()] for each in (before, after)]
    assert not {n for n in names[0] if n.startswith("trunk")} & set(names[1])
    for old, new in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.equal(old, new)


def test_a_layer_that_moves_to_another_attribute_keeps_its_weights() -> None:
    before, after = network(), Network(ARCHITECTURE, SPEC, (2, 4), (3, 32, 32))
    after.moved = after.branches[1].head
    after.branches[1].head = nn.Identity()
    initialise(after, 3)
    assert torch.equal(after.moved.weight, before.branches[1].head.weight)


@pytest.mark.parametrize("name", ["quick", "fast", "original"])
def test_every_weight_is_in_one_group(name: str) -> None:
    built = network(spec=recipe(name).network)
    grouped = [weight for group in parameter_groups(built).values() for weight in group]
    trainable = [weight for weight in built.parameters() if weight.requires_grad]
    assert len(grouped) == len(trainable)
    assert {id(weight) for weight in grouped} == {id(weight) for weight in trainable}


def test_groups_are_hidden_matrices_heads_and_the_rest() -> None:
    groups = parameter_groups(network())
    # Two convolutions a stage and trunk (the stem is frozen), and a dense block for each branch.
    assert len(groups["trunk", "hidden"]) == 2 * 2 * 3
    assert len(groups["heads", "hidden"]) == 2
    assert [tuple(weight.shape) for weight in groups["heads", "matrix"]] == [(2, 64), (4, 64)]
    assert all(weight.ndim == 1 for part in ("heads", "trunk") for weight in groups[part, "plain"])
    assert ("trunk", "matrix") not in groups


def test_the_lanes_of_a_trunk_have_the_same_keys() -> None:
    keys = [
        {(declaration.key, type(module)) for _, module, declaration in declared(lane)}
        for lane in network().trunk.stages[1].lanes
    ]
    assert keys[0] == keys[1]


def test_weights_that_nobody_spoke_for_are_refused_when_the_network_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Forgetful(Compact):
        def lane(self, spec: CompactSpec, image_shape: tuple[int, int, int]) -> Lane:
            first, *rest = super().lane(spec, image_shape).stages
            return Lane(
                [nn.Sequential(first, nn.PReLU()), *rest],
                nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
            )

    monkeypatch.setitem(TRUNK_FAMILIES._entries, "compact", Forgetful)
    with pytest.raises(ArchitectureError, match=r"PReLU at trunk\.stages\.0\.lanes\.0\.1 to be declared"):
        network()


def test_two_layers_of_a_lane_cannot_begin_with_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    class Doubled(Compact):
        def lane(self, spec: CompactSpec, image_shape: tuple[int, int, int]) -> Lane:
            lane = super().lane(spec, image_shape)
            width = spec.stage_widths[-1]
            more = declare(nn.Conv2d(width, width, 1), "hidden", init=lecun_uniform, key="trunk.2.0")
            return Lane([*lane.stages[:-1], nn.Sequential(lane.stages[-1], more)], lane.pool)

    monkeypatch.setitem(TRUNK_FAMILIES._entries, "compact", Doubled)
    with pytest.raises(ArchitectureError, match=r"key of Conv2d 1 to be another than that of Conv3x3"):
        network()


def test_a_declaration_needs_a_key_to_draw_and_a_group_that_there_is() -> None:
    with pytest.raises(ArchitectureError, match="key of Linear to be a name for the stream"):
        declare(nn.Linear(2, 2), "hidden", init=lecun_uniform)
    with pytest.raises(ArchitectureError, match="to be one of hidden, matrix, plain, but got 'hiden'"):
        declare(nn.Linear(2, 2), "hiden")  # type: ignore[arg-type]


def test_a_declared_module_within_a_declared_one_is_refused() -> None:
    inner = declare(nn.Linear(2, 2), "matrix", init=lecun_uniform, key="inner")
    outer = declare(nn.Sequential(inner), "plain")
    with pytest.raises(ArchitectureError, match="Linear at 0 of Sequential to be declared once"):
        list(declared(outer))


class OneStage(Compact):
    """Says three stages and gives one."""

    def lane(self, spec: CompactSpec, image_shape: tuple[int, int, int]) -> Lane:
        lane = super().lane(spec, image_shape)
        return Lane(lane.stages[:1], lane.pool)


class NoPool(Compact):
    """Hands maps on as features."""

    def lane(self, spec: CompactSpec, image_shape: tuple[int, int, int]) -> Lane:
        return Lane(super().lane(spec, image_shape).stages, nn.Identity())


@pytest.mark.parametrize(
    ("family", "message"),
    [
        (OneStage, "a lane of the family 'compact' to be 3 stages long, as its spec says, but got '1'"),
        (NoPool, r"features of the family 'compact' to be of shape \(B, D\), but got"),
    ],
)
def test_a_lane_keeps_to_its_spec(
    family: type[TrunkFamily[CompactSpec]], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TRUNK_FAMILIES._entries, "compact", family)
    with pytest.raises(ArchitectureError, match=message):
        network()


def test_lanes_part_at_their_forks() -> None:
    forked = Architecture("mine", ("a", "b", "c"), "forked", forks=(0, 2, 3))
    assert tuple(stage.lanes for stage in stage_lanes(forked, 3)) == (
        ((1, 2), (0,)),
        ((1, 2), (0,)),
        ((2,), (0,), (1,)),
    )
    built = Network(forked, SPEC, (2, 3, 4), (3, 32, 32))
    assert built.lanes == ((2,), (0,), (1,))
    assert [stage.sources for stage in built.trunk.stages] == [(0, 0), (0, 1), (0, 1, 0)]
