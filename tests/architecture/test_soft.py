"""Soft architectures: their names, what they are as plain data, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from taskgraft.architecture import (
    SOFT_NAMES,
    Architecture,
    Experts,
    Mixing,
    is_reserved_name,
    known_architectures,
    read_architectures,
    select,
    stage_lanes,
)
from taskgraft.errors import ArchitectureError, RequestError

LEVELS = ("a", "b", "c")
ALL, EACH = (0, 1, 2), ((0,), (1,), (2,))


def soft(name: str, num_stages: int = 3) -> Architecture:
    return known_architectures(LEVELS, num_stages)[name]


def test_they_are_chosen_by_name_and_no_part_of_all() -> None:
    chosen = select("mtan,ple,shared", LEVELS, 3)
    assert [each.name for each in chosen] == ["mtan", "ple", "shared"]
    assert not {each.name for each in select("all", LEVELS, 3)} & set(SOFT_NAMES)
    assert all(is_reserved_name(name.upper()) for name in SOFT_NAMES)


@pytest.mark.parametrize("name", ["cross-stitch", "sluice", "nddr"])
def test_lanes_are_mixed_behind_every_stage(name: str) -> None:
    for stage in stage_lanes(soft(name), 3):
        assert (stage.lanes, stage.streams, stage.mixer) == (EACH, EACH, name)


def test_mtan_has_one_lane_and_a_stream_for_each_level() -> None:
    first, second, last = stage_lanes(soft("mtan"), 3)
    assert [stage.lanes for stage in (first, second, last)] == [(ALL,)] * 3
    assert first.entered == (ALL,)
    assert second.entered == last.entered == first.streams == (ALL, *EACH)
    assert last.streams == EACH


def test_experts_are_as_many_for_each_name_and_the_last_two_stages() -> None:
    """MMoE's gates see all; CGC's and PLE's the shared one and the level's; PLE has them at every stage."""
    plans = {name: stage_lanes(soft(name, 4), 4) for name in ("mmoe", "cgc", "ple")}
    for name, plan in plans.items():
        assert [stage.lanes for stage in plan[:2]] == [(ALL,)] * 2
        assert plan[2].lanes == plan[3].lanes == ((ALL,) * 4 if name == "mmoe" else (ALL, *EACH))
        assert [stage.mixer for stage in plan] == [None, None, "gates" if name == "ple" else None, "gates"]
        assert plan[3].streams == EACH
    assert [plan[3].entered_behind for plan in plans.values()] == [2, 2, 3]
    assert plans["cgc"][3].sources == (0, 1, 2, 3)
    assert plans["ple"][2].streams == plans["ple"][3].entered == (ALL, *EACH)
    assert plans["mmoe"][2].copies == (0, 1, 2, 3)


@pytest.mark.parametrize(("num_levels", "num_experts"), [(2, 4), (3, 4), (4, 8), (7, 8), (8, 16)])
def test_dselect_k_has_a_power_of_two_of_experts(num_levels: int, num_experts: int) -> None:
    levels = tuple("abcdefgh"[:num_levels])
    assert known_architectures(levels, 3)["dselect-k"].experts == Experts(shared=num_experts)


def test_ple_needs_two_stages() -> None:
    assert [each for each in SOFT_NAMES if each in known_architectures(LEVELS, 1)] == list(SOFT_NAMES[:-1])
    with pytest.raises(ArchitectureError, match=r"the trunk for 'ple' to be of two stages or more.*Use cgc"):
        select("ple", LEVELS, 1)


@pytest.mark.parametrize("name", SOFT_NAMES)
def test_one_level_has_nobody_to_share_with(name: str) -> None:
    with pytest.raises(ArchitectureError, match=rf"the data for '{name}' to be of two levels or more"):
        select(name, ["only"], 3)


GATES = (Mixing(3, "gates"),)
TWO = Experts(shared=1, specific=1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"trunk": "shared", "experts": TWO}, "which has experts, to be separate, or forked behind the same"),
        ({"trunk": "forked", "forks": (1, 1, 2), "experts": TWO}, r"which has experts.*but got \(1, 1, 2\)"),
        ({"experts": "two"}, "experts to be Experts or None"),
    ],
)
def test_experts_are_copies_behind_one_fork(values: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Architecture("mine", LEVELS, mixers=GATES, **values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"experts": TWO},
            "the last mixer of 'mine' to be behind stage 3, the recipe's last, but got none",
        ),
        ({"experts": TWO, "mixers": (Mixing(2, "gates"),)}, "but got behind stage 2"),
        ({"trunk": "shared", "mixers": (Mixing(1, "attention"),)}, "but got behind stage 1"),
        (
            {"trunk": "forked", "forks": (3, 3, 3), "experts": TWO, "mixers": GATES},
            "to be below 3, the recipe",
        ),
        (
            {"trunk": "forked", "forks": (2, 2, 2), "experts": TWO, "mixers": (*GATES, Mixing(2, "gates"))},
            "the stages before the mixers of 'mine' to be above 2, behind which its experts begin",
        ),
        ({"mixers": (Mixing(4, "nddr"),)}, "the mixer 'nddr' of 'mine' to be at most 3.*but got 4"),
    ],
)
def test_mixers_stand_where_levels_need_them(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ArchitectureError, match=message):
        stage_lanes(Architecture("mine", LEVELS, **values), 3)


@pytest.mark.parametrize(
    "counts", [(17, 0), (0, 10**9), (-1, 3), (True, 1), (1.0, 1), ("1", 1), (1, 0), (0, 0)]
)
def test_experts_are_a_few_and_at_least_two(counts: tuple[Any, Any]) -> None:
    with pytest.raises(
        ArchitectureError, match=r"a whole number from 0 to 16|two or more, shared and specific"
    ):
        Experts(*counts)


FILE = """
[[architecture]]
name = "stitched"
[[architecture.mixer]]
name = "cross-stitch"
behind = [1, 3]

[[architecture]]
name = "chosen"
fork = 1
experts = { shared = 2 }
[[architecture.mixer]]
name = "gates"
behind = 3
"""


def test_a_file_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(FILE)
    stitched = (Mixing(1, "cross-stitch"), Mixing(3, "cross-stitch"))
    assert read_architectures(tmp_path / "mine.toml", LEVELS, 3) == (
        Architecture("stitched", LEVELS, mixers=stitched),
        Architecture("chosen", LEVELS, "forked", forks=(1, 1, 1), mixers=GATES, experts=Experts(2)),
    )


def test_so_does_a_python_file(tmp_path: Path) -> None:
    lines = (
        "from taskgraft.architecture import Architecture, Experts, Mixing",
        "def architectures(levels):",
        "    return [Architecture('mine', levels, mixers=[Mixing(3, 'gates')], experts=Experts(2))]",
    )
    (tmp_path / "mine.py").write_text("\n".join(lines))
    (mine,) = read_architectures(tmp_path / "mine.py", LEVELS, 3)
    assert mine == Architecture("mine", LEVELS, mixers=GATES, experts=Experts(2))
    assert hash(mine)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            ("behind = 3", "behind = 4"),
            r"architecture\[1\].mixer: Expected the stage before the mixer 'gates'",
        ),
        (("behind = 3", "behind = 2"), r"architecture\[1\].mixer: Expected the last mixer of 'chosen'"),
        (
            ("behind = 3", "at = 3"),
            r"architecture\[1\].mixer\[0\].at: Expected a key of \[\[architecture.mixer",
        ),
        (
            ("behind = 3", ""),
            r"mixer\[0\].behind: Expected 'behind' to be the number of a stage, .* but got none",
        ),
        (
            ("behind = 3", "behind = 'all'"),
            r"'behind' to be the number of a stage, .* but got 'all'",
        ),
        (("behind = [1, 3]", "behind = [1, 1]"), r"architecture\[0\].mixer: .* different whole numbers"),
        (("behind = [1, 3]", "behind = true"), r"architecture\[0\].mixer: .* different whole numbers"),
        (
            ("shared = 2", "shared = 99"),
            r"architecture\[1\].experts: .*of shared experts to be a whole .* got 99",
        ),
        (("shared = 2", "shard = 2"), r"architecture\[1\].experts: Expected experts to be a table of shared"),
        (("{ shared = 2 }", "2"), r"architecture\[1\].experts: Expected experts to be a table of shared"),
        (('"stitched"', '"PLE"'), r"architecture\[0\].name: .* another than .*ple.* but got 'PLE'"),
    ],
)
def test_a_fault_of_a_file_has_its_place(tmp_path: Path, changed: tuple[str, str], message: str) -> None:
    (tmp_path / "mine.toml").write_text(FILE.replace(*changed))
    with pytest.raises(ArchitectureError, match=message):
        read_architectures(tmp_path / "mine.toml", LEVELS, 3)
