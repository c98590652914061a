"""Levels without a branch: in the catalogue, in files, and in what records say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from taskgraft.architecture import (
    BY_DEFAULT,
    FLAT,
    NAMES,
    Architecture,
    Flow,
    Mixing,
    catalogue,
    flat,
    read_architectures,
    select,
    stage_lanes,
)
from taskgraft.errors import ArchitectureError, RequestError

LEVELS = ("order", "family", "species")
RECORD = TypeAdapter(Architecture)


def test_flat_has_one_branch_and_stands_behind_the_six() -> None:
    (only,) = flat(LEVELS).values()
    assert only == Architecture("flat", LEVELS, derived=("order", "family"))
    assert (only.branched, only.branched_places) == (("species",), (2,))
    assert tuple(stage.lanes for stage in stage_lanes(only, 2)) == (((2,),), ((2,),))
    assert only.losses_reaching == (frozenset(), frozenset(), frozenset({2}))
    assert [each.name for each in select("all", LEVELS)] == [*NAMES, FLAT] == list(BY_DEFAULT)
    assert [each.name for each in select(FLAT, LEVELS)] == [FLAT]


def test_a_single_level_has_nothing_to_derive() -> None:
    assert flat(["only"]) == {}
    with pytest.raises(ArchitectureError, match=r"the data for 'flat'.*two levels or more.*Use independent"):
        select(FLAT, ["only"])


def test_derived_levels_keep_the_order_of_the_levels() -> None:
    one = Architecture("mine", LEVELS, derived="family, order")
    assert one == Architecture("mine", LEVELS, derived=("order", "family"))


def test_a_fork_counts_for_levels_with_a_branch() -> None:
    mine = Architecture("mine", LEVELS, "forked", forks=(0, 1), derived=("family",))
    assert mine.stages_shared(2) == (0, 1)
    assert tuple(stage.lanes for stage in stage_lanes(mine, 2)) == (((2,), (0,)), ((0,), (2,)))
    with pytest.raises(ArchitectureError, match="to be 2 numbers"):
        Architecture("mine", LEVELS, "forked", forks=(0, 1, 1), derived=("family",))


@pytest.mark.parametrize(
    ("derived", "message"),
    [
        (
            ("species",),
            r"derived levels of 'mine' to be coarser than species.*Give the finest level a branch",
        ),
        (("genus",), r"a derived level of 'mine'.*but got 'genus'"),
        ((1,), r"a derived level of 'mine'.*but got '1'"),
        (("order", "order"), r"derived levels of 'mine' to be different, but got 'order twice'"),
    ],
)
def test_a_level_that_cannot_be_derived_is_named(derived: Any, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Architecture("mine", LEVELS, derived=derived)


@pytest.mark.parametrize("flow", [Flow("family", "species"), Flow("species", "family")])
def test_nothing_flows_from_or_to_a_derived_level(flow: Flow) -> None:
    with pytest.raises(ArchitectureError, match=r"between levels that have a branch.*family is derived"):
        Architecture("mine", LEVELS, flows=(flow,), derived=("family",))


@pytest.mark.parametrize(
    ("name", "derived"),
    [
        ("independent", LEVELS[:2]),
        ("shared", LEVELS[:2]),
        ("coarse-to-fine", ()),
        ("shared-coarse-to-fine", ()),
        ("fine-to-coarse", LEVELS[:2]),
        ("shared-fine-to-coarse", LEVELS[:2]),
    ],
)
def test_of_the_six_the_finest_level_needs_what_flows_into_it(name: str, derived: tuple[str, ...]) -> None:
    architecture = catalogue(LEVELS)[name]
    read = architecture.read_for(["species"])
    assert read.derived == derived
    assert (read == architecture) == (not derived)
    assert architecture.read_for(LEVELS) == architecture


def test_a_forked_trunk_keeps_the_forks_of_what_is_read_and_a_mixer_keeps_all() -> None:
    forked = Architecture("mine", LEVELS, "forked", (Flow("order", "species"),), forks=(0, 1, 2))
    read = forked.read_for(["species"])
    assert (read.derived, read.forks, read.flows) == (("family",), (0, 2), forked.flows)
    mixed = Architecture("mine", LEVELS, mixers=(Mixing(1, "any"),))
    assert mixed.read_for(["species"]) is mixed


def test_records_of_architectures_that_derive_nothing_say_what_they_always_said() -> None:
    said = {"name", "levels", "trunk", "flows", "width_ratio", "forks", "mixers"}
    for architecture in catalogue(LEVELS).values():
        assert set(RECORD.dump_python(architecture, mode="json")) == said
    (only,) = flat(LEVELS).values()
    record = RECORD.dump_json(only)
    assert b'"derived":["order","family"]' in record
    assert RECORD.validate_json(record) == only


def test_a_file_may_derive_levels(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[architecture]]\nname = "two"\nfork = {order = 1, species = 2}\nderived = ["family"]\n')
    (mine,) = read_architectures(path, LEVELS, 3)
    assert mine == Architecture("two", LEVELS, "forked", forks=(1, 2), derived=("family",))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "derived = 'order'",
            r"architecture\[0\].derived: Expected 'derived' to be a list of names in quotes",
        ),
        ("derived = [1]", r"architecture\[0\].derived: .* but got '\[1\]'"),
        ("derived = ['species']", r"architecture\[0\].derived: .*coarser than species"),
        ("derived = ['familly']", r"architecture\[0\].derived: .*Did you mean 'family'"),
        ("derived = ['order']\nfork = {order = 1, family = 1, species = 1}", r"\.fork: .*but got 'order'"),
        (
            "derived = ['order']\n[[architecture.flow]]\nfrom = 'order'\nto = 'species'",
            r"flow\[0\]: .*derived",
        ),
    ],
)
def test_a_fault_of_a_derived_level_has_a_place(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'[[architecture]]\nname = "mine"\n{line}\n')
    with pytest.raises(ArchitectureError, match=message) as error:
        read_architectures(path, LEVELS, 3)
    assert "\n" not in str(error.value)


def test_flat_is_a_name_that_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[architecture]]\nname = "Flat"\n')
    with pytest.raises(ArchitectureError, match="These are taken"):
        read_architectures(path, LEVELS)
