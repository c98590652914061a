from __future__ import annotations

import pytest

from taskgraft.architecture.catalogue import CONTROL, NAMES, catalogue, select
from taskgraft.architecture.spec import Flow
from taskgraft.errors import ArchitectureError, RequestError


def test_the_six_are_the_factorial_of_trunk_and_flow() -> None:
    found = catalogue(["coarse", "fine"])
    down, up = (Flow("coarse", "fine"),), (Flow("fine", "coarse"),)
    assert {name: (each.trunk, each.flows) for name, each in found.items()} == {
        "independent": ("separate", ()),
        "shared": ("shared", ()),
        "coarse-to-fine": ("separate", down),
        "fine-to-coarse": ("separate", up),
        "shared-coarse-to-fine": ("shared", down),
        "shared-fine-to-coarse": ("shared", up),
    }
    assert tuple(found) == NAMES
    assert all(each.name == name and each.levels == ("coarse", "fine") for name, each in found.items())


@pytest.mark.parametrize("num_levels", [2, 3, 4, 7])
def test_with_more_levels_each_feeds_its_neighbour(num_levels: int) -> None:
    levels = [f"level {i}" for i in range(num_levels)]
    found = catalogue(levels)
    assert tuple(found) == NAMES
    for prefix in ("", "shared-"):
        down, up = found[f"{prefix}coarse-to-fine"], found[f"{prefix}fine-to-coarse"]
        assert [(f.source, f.target) for f in down.flows] == list(zip(levels, levels[1:], strict=False))
        assert {(f.source, f.target) for f in up.flows} == {(f.target, f.source) for f in down.flows}
        assert down.order == tuple(levels)
        assert up.order == tuple(reversed(levels))


def test_one_level_leaves_the_control_alone() -> None:
    assert list(catalogue(["only"])) == [CONTROL]
    assert [each.name for each in select("all", ["only"])] == [CONTROL]
    with pytest.raises(ArchitectureError, match=r"'shared'.*two levels or more.*'only'.*Use independent"):
        select("shared", ["only"])


@pytest.mark.parametrize("names", ["all", ["all"], "shared,all", NAMES])
def test_all_can_be_asked_for(names: str | list[str]) -> None:
    assert [each.name for each in select(names, ["a", "b"])] == list(NAMES)


def test_a_selection_keeps_its_order_and_drops_repeats() -> None:
    asked = "shared, independent,shared"
    assert [each.name for each in select(asked, ["a", "b"])] == ["shared", "independent"]


@pytest.mark.parametrize("name", ["sharde", "shared-coarse-to-find", "", "Shared"])
def test_an_unknown_name_is_told_what_there_is(name: str) -> None:
    with pytest.raises(RequestError) as error:
        select(["shared", name], ["a", "b"])
    assert repr(name) in str(error.value)
    assert all(known in str(error.value) for known in NAMES)


def test_a_misspelled_name_gets_a_suggestion() -> None:
    with pytest.raises(RequestError, match="Did you mean 'shared-fine-to-coarse'"):
        select("shared-fine-to-corse", ["a", "b"])
