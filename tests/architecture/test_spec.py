from __future__ import annotations

import dataclasses

import pytest

from taskgraft.architecture import Architecture, Flow
from taskgraft.errors import ArchitectureError, RequestError

LEVELS = ("order", "family", "species")


def test_sources_stand_before_their_targets_whatever_the_order_of_the_levels() -> None:
    flows = (Flow("species", "order"), Flow("order", "family"))
    assert Architecture("mine", LEVELS, flows=flows).order == ("species", "order", "family")


def test_sources_of_a_level_come_coarsest_first() -> None:
    flows = (Flow("family", "species"), Flow("order", "species", "probs", False))
    architecture = Architecture("mine", LEVELS, "shared", flows)
    assert architecture.sources_of("species") == (flows[1], flows[0])
    assert architecture.sources_of("order") == ()


def test_it_is_plain_frozen_data() -> None:
    architecture = Architecture("mine", LEVELS, flows=(Flow("order", "species"),))
    assert architecture == Architecture("mine", LEVELS, flows=(Flow("order", "species"),))
    assert len({architecture, dataclasses.replace(architecture)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        architecture.name = "yours"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("flows", "named"),
    [
        ((Flow("genus", "species"),), ["'mine'", "order, family, species", "'genus'"]),
        ((Flow("family", "familly"),), ["'familly'", "Did you mean 'family'?"]),
        ((Flow("family", "family"),), ["between two levels", "family -> family"]),
        ((Flow("order", "family"), Flow("order", "family", "probs")), ["order -> family", "listed once"]),
        ((Flow("order", "family", "preds"),), ["logits, probs, features", "'preds'"]),  # type: ignore[arg-type]
    ],
)
def test_a_flow_that_cannot_be_is_named(flows: tuple[Flow, ...], named: list[str]) -> None:
    with pytest.raises(RequestError) as error:
        Architecture("mine", LEVELS, flows=flows)
    assert all(part in str(error.value) for part in named)


def test_a_cycle_is_spelled_out() -> None:
    flows = (Flow("order", "family"), Flow("family", "species"), Flow("species", "order"))
    with pytest.raises(ArchitectureError, match="free of cycles") as error:
        Architecture("mine", LEVELS, flows=flows)
    cycle = str(error.value).split("but got '")[1].split("'")[0].split(" -> ")
    assert cycle[0] == cycle[-1]
    assert set(zip(cycle, cycle[1:], strict=False)) == {(flow.source, flow.target) for flow in flows}


@pytest.mark.parametrize("levels", [(), ("a", "a")])
def test_levels_must_be_there_and_differ(levels: tuple[str, ...]) -> None:
    with pytest.raises(ArchitectureError, match="one or more different names"):
        Architecture("mine", levels)


def test_an_unknown_trunk_is_named() -> None:
    with pytest.raises(RequestError, match=r"the trunk of 'mine'.*Did you mean 'shared'"):
        Architecture("mine", LEVELS, "share")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trunk", "forks", "message"),
    [
        ("forked", (), r"forks of 'mine', whose trunk is forked, to be 3 numbers, but got \(\)"),
        ("forked", (1, 2), "3 numbers"),
        ("shared", (1, 1, 1), "whose trunk is shared, to be left out"),
        (
            "forked",
            (1, -1, 0),
            "fork of 'family' in 'mine' to be a whole number of stages, 0 or more, but got -1",
        ),
        ("forked", (1, 1, 1.5), "fork of 'species'"),
        ("forked", (True, 1, 1), "fork of 'order'"),
    ],
)
def test_forks_belong_to_a_forked_trunk_one_a_level(trunk: str, forks: tuple[int, ...], message: str) -> None:
    with pytest.raises(ArchitectureError, match=message):
        Architecture("mine", LEVELS, trunk, forks=forks)  # type: ignore[arg-type]


def test_every_trunk_says_how_many_stages_its_levels_share() -> None:
    assert Architecture("mine", LEVELS).stages_shared(4) == (0, 0, 0)
    assert Architecture("mine", LEVELS, "shared").stages_shared(4) == (4, 4, 4)
    forked = Architecture("mine", LEVELS, "forked", forks=(1, 4, 0))
    assert forked.stages_shared(4) == (1, 4, 0)
    with pytest.raises(ArchitectureError, match=r"fork of 'family' in 'mine' to be at most 3.*but got 4"):
        forked.stages_shared(3)
