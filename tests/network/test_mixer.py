"""A mixer between the stages, with the cross-stitch unit."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from taskgraft.architecture import SOFT_NAMES, Architecture, Mixing, known_architectures
from taskgraft.errors import ArchitectureError, RequestError
from taskgraft.inference import folded
from taskgraft.network import MIXERS, Mixer, MixerPlace, Network, batch_norms, cost, initialise
from taskgraft.recipe import NetworkSpec, Recipe, recipe
from taskgraft.training._optimizer import build_optimizer

STITCHED = Architecture("stitched", ("group", "colour"), mixers=(Mixing(1, "cross-stitch"),))


@pytest.fixture
def stitched(tiny_recipe: Recipe) -> Network:
    """A network of two lanes, stitched behind its first stage."""
    network = Network(STITCHED, tiny_recipe.network, (2, 4), (3, 12, 12))
    initialise(network, 0)
    return network


def images() -> Tensor:
    return torch.randint(
        0, 256, (8, 3, 12, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )


def test_lanes_go_on_with_weighted_sums_of_all(stitched: Network) -> None:
    """By hand: the first stage of each lane, the sums, the second stage, the branches."""
    randomise(stitched.eval())
    first, second = stitched.trunk.stages
    pixels = images().float() / 255
    one, other = (lane(pixels) for lane in first.lanes)
    features = []
    shares = first.mixer.shares[..., None, None]
    for (a, b), lane, pool in zip(shares, second.lanes, stitched.trunk.pools, strict=True):
        features.append(pool(lane(a * one + b * other)))
    wanted = stitched.decide(features)
    for found, logits in zip(stitched(images()), wanted, strict=True):
        torch.testing.assert_close(found, logits)


def randomise(network: Network) -> None:
    """Gives lanes weights of their own: paired ones would give the same maps."""
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.1 * torch.randn(weight.shape))


def test_both_losses_reach_what_stands_before_a_mixer(stitched: Network) -> None:
    first, second = stitched.trunk.stages
    shared = [p for p in first.parameters() if p.requires_grad]
    assert {id(p) for p in stitched.shared_parameters()} == {id(p) for p in shared}
    stitched(images())[0].square().sum().backward()
    lanes = [[p.grad is not None for p in lane.parameters() if p.requires_grad] for lane in first.lanes]
    assert lanes[0] == lanes[1]
    assert all(lanes[0])
    assert all(p.grad is None for p in second.lanes[1].parameters())


@pytest.mark.parametrize("recipe_name", ["fast", "original", "quick"])
def test_its_weights_are_in_the_group_they_declared(stitched: Network, recipe_name: str) -> None:
    """Neither turned by Muon nor drawn towards zero."""
    shares = stitched.trunk.stages[0].mixer.shares
    groups = build_optimizer(stitched, recipe(recipe_name)).groups
    assert [group.name for group in groups if any(each is shares for each in group.weights)] == [
        "trunk-plain"
    ]


def test_its_weights_are_counted(tiny_recipe: Recipe) -> None:
    plain = Architecture("plain", STITCHED.levels)
    with_mixer, without = (cost(a, tiny_recipe.network, (2, 4), (3, 12, 12)) for a in (STITCHED, plain))
    # To scale maps counts no more than in a batch norm.
    assert with_mixer.macs == without.macs
    assert with_mixer.num_trainable_parameters - without.num_trainable_parameters == 2 * 2 * 6


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_folded_it_predicts_the_same_in_the_precision(stitched: Network, dtype: torch.dtype) -> None:
    randomise(stitched.eval())
    fast = folded(stitched, dtype, torch.channels_last)
    assert {p.dtype for p in fast.parameters()} == {dtype}
    bound = 1e-4 if dtype == torch.float32 else 0.05
    for exact, rounded in zip(stitched(images()), fast(images()), strict=True):
        assert (exact - rounded).abs().max() < bound * exact.abs().max()


@pytest.mark.parametrize("name", SOFT_NAMES)
def test_every_soft_architecture_predicts_the_same_folded(tiny_recipe: Recipe, name: str) -> None:
    """And its trunk holds no batch norm any more."""
    architecture = known_architectures(("group", "colour"), 2)[name]
    network = Network(architecture, tiny_recipe.network, (2, 4), (3, 12, 12))
    initialise(network, 0)
    network(images())
    fast = folded(network.eval(), torch.float32, torch.channels_last)
    assert not batch_norms(fast.trunk)
    for exact, rounded in zip(network(images()), fast(images()), strict=True):
        torch.testing.assert_close(exact, rounded, rtol=1e-4, atol=1e-5)


def mixed(mixing: Mixing, spec: NetworkSpec, trunk: str = "separate", forks: tuple[int, ...] = ()) -> Network:
    architecture = Architecture("mine", ("a", "b", "c"), trunk, forks=forks, mixers=(mixing,))  # type: ignore[arg-type]
    return Network(architecture, spec, (2, 3, 4), (3, 12, 12))


def test_forked_lanes_are_mixed_where_there_are_several(tiny_recipe: Recipe) -> None:
    network = mixed(Mixing(1, "cross-stitch"), tiny_recipe.network, "forked", (0, 1, 1))
    assert network.trunk.stages[0].mixer.shares.shape == (2, 2, 6)
    assert mixed(Mixing(2, "cross-stitch"), tiny_recipe.network).trunk.stages[1].mixer.shares.shape == (
        3,
        3,
        8,
    )


@pytest.mark.parametrize(("trunk", "forks", "stage"), [("shared", (), 2), ("forked", (1, 1, 1), 1)])
def test_one_lane_has_nothing_to_mix(
    tiny_recipe: Recipe, trunk: str, forks: tuple[int, ...], stage: int
) -> None:
    message = f"lanes at the mixer behind stage {stage} of 'mine' to be two or more"
    with pytest.raises(ArchitectureError, match=message):
        mixed(Mixing(stage, "cross-stitch"), tiny_recipe.network, trunk, forks)


def test_an_unknown_mixer_is_refused_with_the_closest_name(tiny_recipe: Recipe) -> None:
    with pytest.raises(RequestError, match="Did you mean 'cross-stitch'"):
        mixed(Mixing(1, "crosstitch"), tiny_recipe.network)


def test_a_mixer_behind_more_stages_than_there_are_is_refused(tiny_recipe: Recipe) -> None:
    with pytest.raises(ArchitectureError, match=r"mixer 'cross-stitch' of 'mine' to be at most 2.*but got 3"):
        mixed(Mixing(3, "cross-stitch"), tiny_recipe.network)


@pytest.mark.parametrize("stages", [(0,), (1, 1), (True,), (1.0,)])
def test_stages_of_mixers_are_different_whole_numbers(stages: tuple[int, ...]) -> None:
    with pytest.raises(ArchitectureError, match="different whole numbers, counted from 1"):
        Architecture("mine", ("a", "b"), mixers=tuple(Mixing(stage, "cross-stitch") for stage in stages))


class Dropping(Mixer):
    """Forgets a lane."""

    def forward(self, lanes: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        del entered
        return lanes[1:]


class Undeclared(Mixer):
    """A weight that nobody speaks for."""

    def __init__(self, place: MixerPlace) -> None:
        super().__init__(place)
        self.shares = nn.Parameter(torch.eye(place.num_lanes))

    def forward(self, lanes: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        del entered
        return list(torch.tensordot(self.shares, torch.stack(lanes), dims=1))


@pytest.mark.parametrize(
    ("mixer", "message"),
    [
        (
            Dropping,
            r"what the mixer 'wrong' gives behind stage 1 of 'mine' to be 3 maps of shape \(6, 5, 5\)",
        ),
        (Undeclared, "Undeclared at trunk.stages.0.mixer to be declared, but got nothing said of shares"),
    ],
)
def test_a_mixer_that_breaks_a_rule_is_refused_when_it_is_built(
    tiny_recipe: Recipe, mixer: type[Mixer], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MIXERS._entries, "wrong", mixer)
    with pytest.raises(ArchitectureError, match=message):
        mixed(Mixing(1, "wrong"), tiny_recipe.network)
