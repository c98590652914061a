from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.architecture import NAMES, Architecture, Flow, catalogue, flat, known_architectures
from taskgraft.architecture._spec import Carried
from taskgraft.diagrams import svg_diagram

SVG = "{http://www.w3.org/2000/svg}"
LEVELS = ("kingdom", "family", "species")
FLOWS = (
    Flow("kingdom", "species", "probs"),
    Flow("family", "kingdom", "logits", False),
    Flow("family", "species"),
)
MIXED = Architecture("mixed", LEVELS, "shared", FLOWS)


def drawn(architecture: Architecture, num_classes: tuple[int, ...] | None = None) -> Element:
    return ElementTree.fromstring(svg_diagram(architecture, num_classes))


def texts(svg: Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def of_class(svg: Element, kind: str) -> list[Element]:
    return [element for element in svg.iter() if kind in element.get("class", "").split()]


@pytest.mark.parametrize("name", NAMES)
def test_every_level_and_flow_is_there(name: str) -> None:
    architecture = catalogue(LEVELS)[name]
    svg = drawn(architecture, (2, 30, 1200))
    assert [text for text in texts(svg) if text in LEVELS] == list(reversed(LEVELS))
    assert {"2 classes", "30 classes", "1,200 classes"} <= set(texts(svg))
    assert len(of_class(svg, "flow")) == texts(svg).count("logits") == len(architecture.flows)
    assert texts(svg).count("conv") == (1 if architecture.trunk == "shared" else len(LEVELS))
    assert texts(svg).count("concat") == len({flow.target for flow in architecture.flows})


def test_a_derived_level_is_a_sum_of_the_finest_in_its_own_colour() -> None:
    svg = drawn(flat(LEVELS)["flat"], (2, 30, 1200))
    finest = LEVELS[-1]
    assert [text for text in texts(svg) if text in LEVELS] == [finest, finest, LEVELS[1], finest, LEVELS[0]]
    assert (texts(svg).count("conv"), texts(svg).count("sum"), texts(svg).count("concat")) == (1, 2, 0)
    assert f"Summed from {finest}: {LEVELS[0]}, {LEVELS[1]}." in (svg.findtext(f"{SVG}desc") or "")
    styles = {element.get("style") or "" for element in svg.iter(f"{SVG}g")}
    assert all(any(f"--taskgraft-level-{place}," in style for style in styles) for place in (1, 2, 3))
    bottom = max(float(box.get("y", 0)) + float(box.get("height", 0)) for box in svg.iter(f"{SVG}rect"))
    assert bottom < float(svg.get("height", 0))


def test_what_is_carried_and_where_gradients_stop_can_be_seen_and_heard() -> None:
    svg = drawn(MIXED)
    assert texts(svg).count("probs") == 1
    assert texts(svg).count("logits") == 2
    assert len(of_class(svg, "flow")) == 3
    assert len([path for path in of_class(svg, "stopped") if "flow" in path.get("class", "")]) == 1
    assert "gradient stopped" in texts(svg)
    assert "family to kingdom (logits, gradient stopped)" in (svg.findtext(f"{SVG}desc") or "")
    assert "gradient stopped" not in texts(drawn(catalogue(LEVELS)["shared"]))


def test_screen_readers_find_a_title_and_a_description() -> None:
    svg = drawn(MIXED)
    assert svg.get("role") == "img"
    titles = [svg.find(f"{SVG}{tag}") for tag in ("title", "desc")]
    assert svg.get("aria-labelledby") == " ".join(each.get("id", "") for each in titles if each is not None)
    assert svg.findtext(f"{SVG}title") == "mixed"


def test_ids_differ_between_the_architectures_of_a_page() -> None:
    architectures = [
        *catalogue(LEVELS).values(),
        MIXED,
        Architecture("a b", LEVELS),
        Architecture("a-b", LEVELS),
    ]
    ids = [name for each in architectures for name in re.findall(r'\bid="(.*?)"', svg_diagram(each))]
    assert len(set(ids)) == len(ids) == 2 * len(architectures)


def test_hostile_names_are_text_and_nothing_else() -> None:
    hostile = '"><script>alert(1)</script>&\x00\ud800'
    levels = (hostile, "größe 大类", "x" * 300)
    architecture = Architecture(f"{hostile}'", levels, "separate", (Flow(hostile, "x" * 300),))
    source = svg_diagram(architecture, (2, 3, 10**12))
    assert "<script" not in source
    svg = ElementTree.fromstring(source.encode())
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= {
        "svg",
        "title",
        "desc",
        "style",
        "g",
        "path",
        "rect",
        "circle",
        "text",
    }
    assert svg.findtext(f"{SVG}title") == "\"><script>alert(1)</script>&\ufffd\ufffd'"


def test_it_refers_to_nothing_outside_itself() -> None:
    source = svg_diagram(MIXED).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"http|href|url\(|@import|\son\w+=", source)


def box(rect: Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def forked(*forks: int, flows: tuple[Flow, ...] = ()) -> Architecture:
    return Architecture("forked", LEVELS, "forked", flows, forks=forks)


def convolutions(svg: Element) -> list[str]:
    return [text for text in texts(svg) if text.startswith("conv")]


@pytest.mark.parametrize(
    ("forks", "common", "rest"),
    [
        ((1, 1, 1), ["conv 1"], ["conv 2–4"] * 3),
        ((3, 3, 3), ["conv 1–3"], ["conv 4"] * 3),
        ((1, 2, 4), ["conv 1", "conv 2"], ["conv 3–4", "conv 3–4", "conv 2–4"]),
        ((2, 0, 2), ["conv 1–2"], ["conv 3–4", "conv 1–4", "conv 3–4"]),
        ((0, 0, 2), [], ["conv"] * 3),
        ((0, 0, 0), [], ["conv"] * 3),
        ((4, 4, 4), ["conv"], []),
    ],
)
def test_common_stages_are_drawn_once_and_the_rest_in_the_level_s_row(
    forks: tuple[int, ...], common: list[str], rest: list[str]
) -> None:
    svg = ElementTree.fromstring(svg_diagram(forked(*forks), None, 4))
    assert convolutions(svg) == common + rest
    assert len(of_class(svg, "neutral")) == (1 if common else 3) + len(common)
    rows = [float(text.get("y", "")) for text in svg.iter(f"{SVG}text") if text.text in LEVELS]
    drawn_at = [text for text in svg.iter(f"{SVG}text") if (text.text or "").startswith("conv")]
    if rest:
        assert [float(text.get("y", "")) for text in drawn_at[len(common) :]] == rows


def test_the_description_says_how_much_each_level_shares() -> None:
    description = drawn(forked(0, 1, 3)).findtext(f"{SVG}desc") or ""
    assert "A trunk that forks; stages shared: kingdom 0, family 1, species 3." in description


def test_features_leave_their_dense_block_and_logits_the_head() -> None:
    flows = (Flow("kingdom", "species", "features", False), Flow("family", "species"))
    svg = drawn(forked(1, 1, 1, flows=flows))
    assert {"features", "logits", "gradient stopped"} <= set(texts(svg))
    dense = [float(text.get("x", "")) for text in svg.iter(f"{SVG}text") if text.text == "fc"]
    logits, features = (
        float(re.match(r"M([0-9.]+) ", path.get("d", ""))[1])  # type: ignore[index]
        for path in of_class(svg, "flow")
    )
    assert features == dense[0]
    assert logits > dense[0] + 46
    assert "kingdom to species (features, gradient stopped)" in (svg.findtext(f"{SVG}desc") or "")


def test_a_chain_of_features_stands_in_one_column() -> None:
    """It need not wait for any head, so eight levels are no wider than two."""

    def width(num_levels: int) -> float:
        levels = tuple(f"level {i}" for i in range(num_levels))
        flows = tuple(Flow(a, b, "features") for a, b in itertools.pairwise(levels))
        return float(drawn(Architecture("chain", levels, "separate", flows)).get("width", ""))

    assert width(8) == width(2)


def test_a_hundred_levels_with_all_flows_are_drawn_in_seconds() -> None:
    levels = tuple(f"l{i}" for i in range(100))
    flows = tuple(Flow(a, b) for a, b in itertools.combinations(levels, 2))
    started = time.process_time()
    svg = svg_diagram(Architecture("dense", levels, "shared", flows))
    assert svg.count("logits</text>") == len(flows)
    assert time.process_time() - started < 10


def test_a_wide_diagram_keeps_its_words_readable() -> None:
    svg = drawn(MIXED)
    least = re.search(r"--least: ([0-9]+)px", svg.get("style", ""))
    assert least
    assert int(least[1]) == pytest.approx(0.6 * float(svg.get("width", "")), abs=1)
    assert "min-width: var(--least)" in (svg.findtext(f"{SVG}style") or "")


@given(
    st.lists(st.integers(0, 4), min_size=5, max_size=5),
    st.permutations(range(5)),
    st.dictionaries(
        st.sampled_from(list(itertools.combinations(range(5), 2))), st.sampled_from(["logits", "features"])
    ),
)
def test_no_two_blocks_overlap_and_no_flow_crosses_one(
    forks: list[int], order: list[int], edges: dict[tuple[int, int], Carried]
) -> None:
    levels = tuple(f"level {i}" for i in range(5))
    flows = tuple(Flow(levels[order[a]], levels[order[b]], carries) for (a, b), carries in edges.items())
    architecture = Architecture("any", levels, "forked", flows, forks=tuple(forks))
    svg = ElementTree.fromstring(svg_diagram(architecture, (10,) * 5, 4))
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    funnels = [funnel(path) for path in svg.iter(f"{SVG}path") if "block" in path.get("class", "").split()]
    blocks = [*(box(rect) for rect in svg.iter(f"{SVG}rect")), *funnels]
    assert all(x >= 0 and y >= 0 and right <= width and low <= height for x, y, right, low in blocks)
    for (ax, ay, ar, ab), (bx, by, br, bb) in itertools.combinations(blocks, 2):
        assert ar <= bx or br <= ax or ab <= by or bb <= ay
    for x, top, low in (climb for path in of_class(svg, "flow") for climb in climbs(path.get("d", ""))):
        assert 0 < x < width
        crossed = [each for each in blocks if each[0] < x < each[2]]
        # A head has round ends, whose outline lies up to 6 pixels within its box.
        assert all(min(low, each[3]) - max(top, each[1]) < 6 for each in crossed)


def climbs(path: str) -> Iterator[tuple[float, float, float]]:
    """The vertical lines of a path: x, and the two y."""
    x = y = 0.0
    for command, numbers in re.findall(r"([MHVq])([^MHVq]*)", path):
        values = [float(number) for number in numbers.split()]
        if command == "V":
            yield x, min(y, values[0]), max(y, values[0])
            y = values[0]
        elif command == "H":
            x = values[0]
        elif command == "M":
            x, y = values
        else:
            x, y = x + values[2], y + values[3]


def funnel(path: Element) -> tuple[float, float, float, float]:
    left, top, width = map(float, re.match(r"M(\S+) (\S+)l(\S+) 10v", path.get("d", "")).groups())  # type: ignore[union-attr]
    return left, top, left + width, top + 46


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("cross-stitch", ["behind conv 1–3: cross-stitch"]),
        ("mtan", ["behind conv 1–3: attention for each level"]),
        ("ple", ["experts: 1 shared, 1 for each level", "behind conv 2–3: gates"]),
    ],
)
def test_what_is_mixed_stands_below(name: str, lines: list[str]) -> None:
    """Within the picture, above what dashes mean."""
    stopped = (Flow("coarse", "fine", passes_gradient=False),)
    soft = known_architectures(("coarse", "fine"), 3)[name]
    svg = ElementTree.fromstring(svg_diagram(replace(soft, flows=stopped), num_stages=3))
    texts = [(float(each.get("y", 0)), each.text) for each in svg.iter(f"{SVG}text")]
    below = [text for _, text in sorted(texts)[-len(lines) - 1 :]]
    assert below == [*lines, "gradient stopped"]
    assert max(y for y, _ in texts) < float(svg.get("height", 0))
