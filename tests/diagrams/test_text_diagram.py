from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from taskgraft.architecture import Architecture, Experts, Flow, Mixing, catalogue, flat
from taskgraft.architecture._spec import Carried, Sharing
from taskgraft.diagrams import text_diagram
from taskgraft.errors import ArchitectureError
from taskgraft.legible import shortened

SIX = {
    "independent": """
image -> conv -> fc -> fine
image -> conv -> fc -> coarse""",
    "shared": """
image -> conv -+-> fc -> fine
               +-> fc -> coarse""",
    "coarse-to-fine": """
image -> conv -> fc_1 -> concat -> fc_2 -> fine
                           ^
image -> conv -> fc -> coarse""",
    "fine-to-coarse": """
image -> conv -> fc -> fine
                          v
image -> conv -> fc_1 -> concat -> fc_2 -> coarse""",
    "shared-coarse-to-fine": """
image -> conv -+-> fc_1 -> concat -> fc_2 -> fine
               |             ^
               +-> fc -> coarse""",
    "shared-fine-to-coarse": """
image -> conv -+-> fc -> fine
               |            v
               +-> fc_1 -> concat -> fc_2 -> coarse""",
}


@pytest.mark.parametrize("name", SIX)
def test_the_six_look_as_on_the_design_page(name: str) -> None:
    assert text_diagram(catalogue(["coarse", "fine"])[name]) == SIX[name].strip("\n")


def test_derived_levels_stand_below_the_branches_finest_first() -> None:
    levels = ("order", "family", "species")
    assert text_diagram(flat(levels)["flat"], (8, 30, 200)) == (
        "image -> conv -> fc -> species (200)\nspecies -> sum -> family (30)\nspecies -> sum -> order (8)"
    )
    mine = Architecture("mine", levels, "forked", (Flow("family", "species"),), forks=(1, 2), derived="order")
    built = Architecture("mine", levels[1:], "forked", mine.flows, forks=(1, 2))
    assert text_diagram(mine, (8, 30, 200), 3) == (
        f"{text_diagram(built, (30, 200), 3)}\nspecies -> sum -> order (8)"
    )


def test_a_chain_of_three_levels_is_a_staircase_with_class_counts() -> None:
    diagram = text_diagram(catalogue(["wearable", "group", "article"])["shared-coarse-to-fine"], (2, 6, 1000))
    assert (
        diagram
        == """
image -> conv -+-> fc_1 ----------------> concat -> fc_2 -> article (1,000)
               |                             ^
               +-> fc_1 -> concat -> fc_2 -> group (6)
               |             ^
               +-> fc -> wearable (2)""".strip("\n")
    )


def test_a_flow_past_a_level_goes_round_its_branch_and_remarks_stand_below() -> None:
    flows = (Flow("a", "c", "probs"), Flow("a", "b", "logits", False), Flow("b", "c", "probs", False))
    assert (
        text_diagram(Architecture("mine", ("a", "b", "c"), "separate", flows))
        == """
image -> conv -> fc_1 -------------------> concat -> fc_2 -> c
                                              ^
image -> conv -> fc_1 -> concat -> fc_2 -> b -+
                           ^                  |
image -> conv -> fc -> a --+------------------+
a -> c: probs
a -> b: gradient stopped
b -> c: probs, gradient stopped""".strip("\n")
    )


def test_what_80_columns_cannot_hold_is_listed_by_name() -> None:
    levels = tuple("abcde")
    flows = tuple(Flow(s, t, "probs" if s == "a" else "logits") for s, t in itertools.combinations(levels, 2))
    lines = text_diagram(Architecture("mine", levels, "shared", flows)).splitlines()
    assert lines[:4] == [
        "image -> conv -+-> fc_1 -> concat -> fc_2 -> e",
        "               |             ^-- a (probs), b, c, d",
        "               +-> fc_1 -> concat -> fc_2 -> d",
        "               |             ^-- a (probs), b, c",
    ]
    assert lines[-1] == "               +-> fc -> a"


def all_graphs(levels: tuple[str, ...], trunk: Sharing, carries: Carried) -> Iterator[Architecture]:
    """Every acyclic architecture over these levels: each pair has no flow, one, or the other."""
    pairs = list(itertools.combinations(levels, 2))
    for directions in itertools.product((None, False, True), repeat=len(pairs)):
        flows = [
            Flow(*pair[::-1], carries) if reverse else Flow(*pair, carries)
            for pair, reverse in zip(pairs, directions, strict=True)
            if reverse is not None
        ]
        try:
            yield Architecture("any", levels, trunk, tuple(flows))
        except ArchitectureError:
            continue


def traced(diagram: str) -> set[tuple[str, str]]:
    """Reads the flows back from a drawing, by following its lines as an eye would."""
    lines = [line.ljust(80) for line in diagram.splitlines()]
    flows = set()
    for row, line in enumerate(lines):
        concat = line.find("concat")
        for step, head in ((1, "^"), (-1, "v")):
            if concat >= 0 and 0 <= row + step < len(lines):
                arrow = lines[row + step].find(head, concat, concat + len("concat"))
                if arrow >= 0:
                    flows |= {(source, level(line)) for source in climbed(lines, row + step, arrow, step)}
    return flows


def climbed(lines: list[str], row: int, column: int, step: int) -> Iterator[str]:
    """Sources met along a wire: joints on the way, and the joint or label at its end."""
    against = "v" if step > 0 else "^"
    while lines[row][column] in "^v|+":
        if lines[row][column] == against:
            return
        if lines[row][column] == "+":
            yield joined(lines, row, column, step)
            if not 0 <= row + step < len(lines) or lines[row + step][column] not in "^v|+":
                return
        row += step
    assert lines[row][column] != " ", "a wire ends nowhere"
    yield level(lines[row])


def joined(lines: list[str], row: int, column: int, step: int) -> str:
    """The source at a joint: of its own row, or of the row beside which features run."""
    if "fc" not in lines[row]:
        column = lines[row].rindex(" ", 0, column) + 1
        assert lines[row][column] == "+"
        row += step
        while lines[row][column] == "|":
            row += step
        assert lines[row].startswith("fc", column), "features leave from the first dense block"
    return level(lines[row])


def level(line: str) -> str:
    label = re.search(r"(?:fc|fc_2) -> (\S+)", line)
    assert label
    return label[1]


@pytest.mark.parametrize("carries", ["logits", "features"])
@pytest.mark.parametrize("trunk", ["separate", "shared"])
@pytest.mark.parametrize(
    "levels", [("a", "b"), ("big", "middling", "x"), tuple("abcd"), ("x", "class", "y", "z")]
)
def test_every_graph_can_be_read_back_from_its_drawing(
    levels: tuple[str, ...], trunk: Sharing, carries: Carried
) -> None:
    num_drawn = 0
    for architecture in all_graphs(levels, trunk, carries):
        diagram = text_diagram(architecture)
        assert [level(line) for line in diagram.splitlines() if "> " in line and "fc" in line] == list(
            reversed(levels)
        )
        if "^--" not in diagram:
            num_drawn += 1
            assert traced(diagram) == {(f.source, f.target) for f in architecture.flows}, diagram
        else:
            assert len(levels) > 3, f"three levels are always drawn\n{diagram}"
    assert num_drawn > 2


@given(st.lists(st.text(), min_size=1, max_size=9, unique=True), st.booleans(), st.data())
def test_any_names_and_any_flows_stay_within_80_columns_of_ascii(
    names: list[str], shared: bool, data: st.DataObject
) -> None:
    pairs = list(itertools.combinations(names, 2))
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    flows = tuple(Flow(*pair, "probs", False) for pair in chosen)
    architecture = Architecture("any", tuple(names), "shared" if shared else "separate", flows)
    counts = [10**i for i in range(len(names))] if data.draw(st.booleans()) else None
    diagram = text_diagram(architecture, counts)
    assert all(" " <= c <= "~" for line in diagram.split("\n") for c in line)
    assert max(map(len, diagram.split("\n"))) <= 80
    assert len(re.findall("fc_2 ->|fc ->", diagram)) >= len(names)


def test_control_characters_are_written_out() -> None:
    assert (
        text_diagram(Architecture("x", ("a\n\x1b[31m\u00df",))) == r"image -> conv -> fc -> a\n\x1b[31m\xdf"
    )


def test_long_names_lose_their_middle() -> None:
    assert shortened("genus", 12) == "genus"
    assert shortened("a" * 50 + "xyz", 12) == "aaaaaa...xyz"


DOWN = (Flow("coarse", "fine", "features", False),)


def forked(*forks: int, flows: tuple[Flow, ...] = (), levels: tuple[str, ...] = ("coarse", "fine")) -> str:
    return text_diagram(Architecture("mine", levels, "forked", flows, forks=forks), num_stages=3)


def test_features_leave_the_first_dense_block() -> None:
    assert (
        forked(2, 2, flows=DOWN)
        == """
image -> conv 1-2 -+-> conv 3 -> fc_1 -> concat -> fc_2 -> fine
                   |                       ^
                   |             +---------+
                   +-> conv 3 -> fc -> coarse
coarse -> fine: features, gradient stopped""".strip("\n")
    )


def test_features_that_go_both_ways_run_on_either_side_of_their_row() -> None:
    flows = (Flow("b", "c", "features"), Flow("b", "a", "features"), Flow("c", "a"))
    assert (
        text_diagram(Architecture("mine", ("a", "b", "c"), "shared", flows))
        == """
image -> conv -+-> fc_1 -> concat -> fc_2 -> c
               |             ^               |
               |   +---------+               |
               +-> fc -> b                   |
               |   +-------------------------+
               |                             v
               +-> fc_1 ----------------> concat -> fc_2 -> a
b -> c: features
b -> a: features""".strip("\n")
    )


THREE = ("order", "family", "species")


def test_levels_leave_the_common_trunk_one_after_another() -> None:
    assert (
        forked(1, 2, 3, levels=THREE)
        == """
image -> conv 1 -+-> conv 2 -+-> conv 3 ---> fc -> species
                 |           +-> conv 3 ---> fc -> family
                 +-------------> conv 2-3 -> fc -> order""".strip("\n")
    )


def test_a_level_between_two_that_share_more_is_passed() -> None:
    assert (
        forked(2, 0, 2, levels=THREE)
        == """
image -+-> conv 1-2 -+-> conv 3 ---> fc -> species
       +-------------|-> conv 1-3 -> fc -> family
                     +-> conv 3 ---> fc -> order""".strip("\n")
    )


def test_the_common_trunk_stands_in_the_finest_row_that_shares_all_of_it() -> None:
    assert (
        forked(3, 3, 0, levels=THREE)
        == """
       +---------------> conv 1-3 -> fc -> species
image -+-> conv 1-3 -+-------------> fc -> family
                     +-------------> fc -> order""".strip("\n")
    )


def test_what_one_level_has_for_itself_is_not_drawn_as_common() -> None:
    assert forked(1, 3) == forked(1, 1)
    assert forked(0, 3) == text_diagram(catalogue(("coarse", "fine"))["independent"])


def test_where_forks_take_too_much_room_each_row_says_what_is_common() -> None:
    levels = ("order", "family", "species of birds")
    assert (
        forked(1, 2, 3, levels=levels, flows=(Flow("order", "species of birds", "probs"),))
        == """
image -> [conv 1-2] -> conv 3 ---> fc_1 ----> concat -> fc_2 -> species of birds
                                                 ^
image -> [conv 1-2] -> conv 3 ---> fc -> family  |
                                                 |
image -> [conv 1] ---> conv 2-3 -> fc -> order --+
order -> species of birds: probs
[ ]: stages of one common trunk""".strip("\n")
    )


def test_the_ends_look_like_separate_and_shared_ones() -> None:
    six = catalogue(("coarse", "fine"))
    assert forked(0, 0) == text_diagram(six["independent"])
    assert forked(3, 3) == text_diagram(six["shared"])
    assert forked(2, levels=("only",)) == text_diagram(Architecture("one", ("only",)))


def test_without_the_recipe_the_last_stage_is_left_open() -> None:
    architecture = Architecture("mine", ("coarse", "fine"), "forked", forks=(1, 1))
    assert text_diagram(architecture).splitlines()[0] == "image -> conv 1 -+-> conv 2+ -> fc -> fine"


def shared_stages(lines: list[str], line: int) -> int:
    """Reads back how many stages of the common trunk a row goes through, by following its arrow backwards."""
    if "image" in lines[line] and "[" in "".join(lines):
        return int((re.search(r"\[conv (?:1-)?([0-9])\]", lines[line]) or [0, 0])[1])
    trunk = next(i for i, text in enumerate(lines) if "image" in text)
    column = lines[line].rindex("+", 0, lines[line].index("fc")) if line == trunk else lines[line].index("+")
    assert all(lines[i][column] in "|+" for i in range(min(trunk, line), max(trunk, line) + 1))
    return max([int(stage) for stage in re.findall(r"[0-9]", lines[trunk][:column])], default=0)


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=8),
    st.sets(st.sampled_from(list(itertools.combinations(range(8), 2)))),
    st.booleans(),
)
@example([0, 0, 0, 0], {(2, 3), (0, 1)}, True)
@example([0, 2, 4, 2], set(), False)
def test_any_forks_of_up_to_eight_levels_stay_within_80_columns_and_can_be_read_back(
    forks: list[int], edges: set[tuple[int, int]], counted: bool
) -> None:
    levels = tuple(f"rank{i}" for i in range(len(forks)))
    flows = tuple(Flow(levels[a], levels[b]) for a, b in edges if max(a, b) < len(levels))
    architecture = Architecture("any", levels, "forked", flows, forks=tuple(forks))
    counts = [10 ** (i + 1) for i in range(len(forks))] if counted else None
    diagram = text_diagram(architecture, counts, 6)
    lines = [line.ljust(80) for line in diagram.splitlines()]
    assert max(map(len, lines)) <= 80
    shared = sorted(forks)[-2] if len(forks) > 1 else 0
    rows = [i for i, line in enumerate(lines) if "fc_2 ->" in line or "fc ->" in line]
    for row, fork in zip(rows, reversed(forks), strict=True):
        if 0 < shared < 6:
            assert shared_stages(lines, row) == min(fork, shared)
        rest = re.search(r"[>|+] conv ([0-9])(?:-6)? -*-> fc", lines[row])
        if 0 < min(fork, shared) < 6:
            assert rest
            assert int(rest[1]) == min(fork, shared) + 1
    if "^--" not in diagram:
        assert traced(diagram) == {(f.source, f.target) for f in flows}


def test_experts_begin_at_one_image() -> None:
    experts = Architecture("x", ("a", "b"), mixers=(Mixing(2, "gates"),), experts=Experts(2, 1))
    assert text_diagram(experts, num_stages=2).splitlines() == [
        "image -+-> experts -> fc -> b",
        "       +-> experts -> fc -> a",
        "experts: 2 shared, 1 for each level",
        "behind conv 2: gates",
    ]


def test_mixers_are_named_below() -> None:
    stitched = Architecture("x", ("a", "b"), mixers=(Mixing(1, "cross-stitch"), Mixing(2, "attention")))
    assert text_diagram(stitched).splitlines()[-2:] == [
        "behind conv 1: cross-stitch",
        "behind conv 2: attention",
    ]
