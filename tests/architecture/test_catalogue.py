from __future__ import annotations

from dataclasses import replace

import pytest

from taskgraft.architecture import (
    BY_DEFAULT,
    CONTROL,
    EVERY_NAME,
    NAMES,
    Architecture,
    Flow,
    catalogue,
    select,
)
from taskgraft.architecture._catalogue import forks
from taskgraft.errors import ArchitectureError, RequestError


def test_the_six_are_the_factorial_of_trunk_and_flow() -> None:
    result = catalogue(["coarse", "fine"])
    down, up = (Flow("coarse", "fine"),), (Flow("fine", "coarse"),)
    assert {name: (each.trunk, each.flows) for name, each in result.items()} == {
        "independent": ("separate", ()),
        "shared": ("shared", ()),
        "coarse-to-fine": ("separate", down),
        "fine-to-coarse": ("separate", up),
        "shared-coarse-to-fine": ("shared", down),
        "shared-fine-to-coarse": ("shared", up),
    }
    assert tuple(result) == NAMES
    assert all(each.name == name and each.levels == ("coarse", "fine") for name, each in result.items())


@pytest.mark.parametrize("num_levels", [2, 3, 4, 7])
def test_with_more_levels_each_feeds_its_neighbour(num_levels: int) -> None:
    levels = [f"level {i}" for i in range(num_levels)]
    result = catalogue(levels)
    assert tuple(result) == NAMES
    for prefix in ("", "shared-"):
        down, up = result[f"{prefix}coarse-to-fine"], result[f"{prefix}fine-to-coarse"]
        assert [(f.source, f.target) for f in down.flows] == list(zip(levels, levels[1:], strict=False))
        assert {(f.source, f.target) for f in up.flows} == {(f.target, f.source) for f in down.flows}
        assert down.order == tuple(levels)
        assert up.order == tuple(reversed(levels))


def test_one_level_leaves_the_control_alone() -> None:
    assert list(catalogue(["only"])) == [CONTROL]
    assert [each.name for each in select("all", ["only"])] == [CONTROL]
    with pytest.raises(ArchitectureError, match=r"'shared'.*two levels or more.*'only'.*Use independent"):
        select("shared", ["only"])


@pytest.mark.parametrize("names", ["all", ["all"], "shared,all", BY_DEFAULT])
def test_all_can_be_asked_for(names: str | list[str]) -> None:
    assert [each.name for each in select(names, ["a", "b"])] == list(BY_DEFAULT)


def test_a_selection_keeps_its_order() -> None:
    assert [each.name for each in select("shared, independent", ["a", "b"])] == ["shared", "independent"]


@pytest.mark.parametrize("names", ["shared,independent,shared", ["shared", "shared"], "all,all"])
def test_an_architecture_is_named_once(names: str | list[str]) -> None:
    with pytest.raises(RequestError, match=r"the architectures to be different, but got (shared|all) twice"):
        select(names, ["a", "b"])


@pytest.mark.parametrize("name", ["sharde", "shared-coarse-to-find", "", "Shared"])
def test_an_unknown_name_is_told_what_there_is(name: str) -> None:
    with pytest.raises(RequestError) as error:
        select(["shared", name], ["a", "b"])
    assert repr(name) in str(error.value)
    assert all(given in str(error.value) for given in EVERY_NAME)


def test_a_misspelled_name_gets_a_suggestion() -> None:
    with pytest.raises(RequestError, match="Did you mean 'shared-fine-to-coarse'"):
        select("shared-fine-to-corse", ["a", "b"])


def test_forks_stand_between_independent_and_shared() -> None:
    result = forks(("a", "b", "c"), 4)
    assert [each.name for each in result] == ["forked-1", "forked-2", "forked-3"]
    assert [each.forks for each in result] == [(1, 1, 1), (2, 2, 2), (3, 3, 3)]
    assert {(each.trunk, each.flows) for each in result} == {("forked", ())}
    assert forks(("a", "b"), 1) == forks(("only",), 4) == []


OWN = Architecture("own", ("a", "b"), "forked", forks=(1, 2))


@pytest.mark.parametrize(
    ("requested", "sweep", "result"),
    [
        ("all", None, [*BY_DEFAULT, "own"]),
        ("all", "all", [*BY_DEFAULT, "own", "forked-1", "forked-2"]),
        ("own,shared", "2", ["own", "shared", "forked-2"]),
        ("own,all", " 2, 1", [*BY_DEFAULT, "own", "forked-2", "forked-1"]),
        ("forked-2,independent", None, ["forked-2", "independent"]),
        ("forked-2,independent", "2,1", ["forked-2", "independent", "forked-1"]),
    ],
)
def test_forks_and_ones_own_are_chosen_by_name(requested: str, sweep: str | None, result: list[str]) -> None:
    chosen = select(requested, ["a", "b"], 3, [OWN], sweep)
    assert [each.name for each in chosen] == result
    assert all(each == OWN for each in chosen if each.name == "own")


@pytest.mark.parametrize(
    ("levels", "num_stages", "requested", "sweep", "message"),
    [
        ("ab", 3, "all", "3", r"all, or numbers from 1 to 2.*'3'. .*all 3 of this recipe is shared"),
        ("ab", 3, "all", "0", r"but got '0'. 0 stages shared is independent"),
        ("ab", 3, "all", "1;2", "but got '1;2'"),
        ("ab", 3, "all", "", "but got ''"),
        ("ab", 3, "all", "1,,2", "but got ''"),
        ("ab", 3, "all", "1,2,1", "Expected forks to be different, but got 1 twice"),
        ("ab", 1, "all", "all", "forks to be used with two levels and two stages.*but got '2 and 1'"),
        ("a", 3, "all", "all", "but got '1 and 3'"),
        ("a", 3, "forked-1", None, "'forked-1' to be of two levels or more, but got \"only 'a'\""),
        ("ab", 3, "forked-3", None, "Did you mean 'forked-"),
        ("ab", 3, "onw", None, "forked-2.*Did you mean 'own'"),
    ],
)
def test_what_is_not_there_is_one_line(
    levels: str, num_stages: int, requested: str, sweep: str | None, message: str
) -> None:
    custom = [OWN] if levels == "ab" and num_stages == 3 else []
    with pytest.raises(RequestError, match=message) as error:
        select(requested, list(levels), num_stages, custom, sweep)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("custom", "message"),
    [
        (
            replace(OWN, name="Shared"),
            "another than independent, .*all and forked-<number>, but got 'Shared'",
        ),
        (replace(OWN, name="forked-7"), "These are taken"),
        (replace(OWN, name="a" * 61), "at most 60 letters"),
        (replace(OWN, name="../x"), "a letter or digit first"),
        (replace(OWN, name="own\n"), "a letter or digit first"),
        (replace(OWN, name="\u00f6wn"), "at most 60 letters"),
        (replace(OWN, name="own@shared-macs"), "at most 60 letters"),
        (
            Architecture("own", ("a", "c")),
            "the levels of 'own' to be those of the data, a, b, but got 'a, c'",
        ),
        (replace(OWN, forks=(1, 4)), "fork of 'b' in 'own' to be at most 3"),
    ],
)
def test_ones_own_must_fit_the_levels_the_stages_and_a_directory(custom: Architecture, message: str) -> None:
    with pytest.raises(ArchitectureError, match=message):
        select("all", ["a", "b"], 3, [custom])


def test_ones_own_differ_by_more_than_capitals() -> None:
    with pytest.raises(ArchitectureError, match="different, capitals or not, but got 'OWN twice'"):
        select("all", ["a", "b"], 3, [OWN, replace(OWN, name="OWN")])
