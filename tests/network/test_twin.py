from dataclasses import replace

import pytest

from taskgraft.architecture import catalogue
from taskgraft.choices import Measure
from taskgraft.errors import RequestError
from taskgraft.network import Network, cost, is_matched, twin
from taskgraft.recipe import RECIPES, BranchSpec, CompactSpec, NetworkSpec

LEVELS = ("coarse", "fine")
CLASSES, SHAPE = (20, 100), (3, 32, 32)


@pytest.mark.parametrize("measure", ["macs", "parameters"])
# Networks of timm are as wide as they are made.
@pytest.mark.parametrize("recipe", [name for name in RECIPES if RECIPES[name]().network.trunk.widths])
def test_a_twin_costs_within_one_per_cent_of_its_reference(recipe: str, measure: Measure) -> None:
    known, spec = catalogue(LEVELS), RECIPES[recipe]().network
    found = twin(known["shared"], known["independent"], measure, spec, CLASSES, SHAPE)
    own, wanted = (cost(a, spec, CLASSES, SHAPE) for a in (found, known["independent"]))
    assert is_matched(own, wanted, measure)
    assert found.name == f"shared@independent-{measure}"
    assert found.width_ratio > 1
    # Nothing but the name and the widths is another.
    assert replace(found, name="shared", width_ratio=1.0) == known["shared"]


def test_a_twin_can_be_narrower() -> None:
    known, spec = catalogue(LEVELS), RECIPES["quick"]().network
    found = twin(known["independent"], known["shared"], "macs", spec, CLASSES, SHAPE)
    assert found.width_ratio < 1
    assert is_matched(*(cost(a, spec, CLASSES, SHAPE) for a in (found, known["shared"])), "macs")


def test_the_network_of_a_twin_has_the_widths_it_says() -> None:
    spec = RECIPES["quick"]().network
    wide = replace(catalogue(LEVELS)["shared"], width_ratio=1.5)
    network = Network(wide, spec, CLASSES, SHAPE)
    assert network.branches[0].head.in_features == 96
    assert sum(p.numel() for p in network.parameters()) > 2 * sum(
        p.numel() for p in Network(catalogue(LEVELS)["shared"], spec, CLASSES, SHAPE).parameters()
    )


def test_a_stem_is_scaled_unless_it_is_whitened() -> None:
    assert RECIPES["original"]().network.scaled(0.5).trunk.stem_width == 32
    assert RECIPES["fast"]().network.scaled(0.5).trunk.stem_width == "whitened"
    assert RECIPES["fast"]().network.scaled(1.0) == RECIPES["fast"]().network


def test_a_cost_that_no_width_reaches_is_refused() -> None:
    # One channel more or less changes the cost of so small a network by far more than 1 %.
    spec = NetworkSpec(
        trunk=CompactSpec(stem_width=1, stage_widths=(1,)),
        branch=BranchSpec(fc_1=(), fc_2=()),
        conventions="modern",
    )
    known = catalogue(LEVELS)
    with pytest.raises(RequestError, match=r"'shared@independent-macs' to be within 1% of the macs"):
        twin(known["shared"], known["independent"], "macs", spec, (2, 3), (3, 8, 8))


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_a_ratio_that_is_no_positive_number_is_refused(ratio: float) -> None:
    with pytest.raises(RequestError, match="the width ratio of 'shared' to be a positive number"):
        replace(catalogue(LEVELS)["shared"], width_ratio=ratio)
