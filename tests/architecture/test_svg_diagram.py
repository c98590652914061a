from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.architecture.catalogue import NAMES, catalogue
from taskgraft.architecture.spec import Architecture, Flow
from taskgraft.architecture.svg_diagram import svg_diagram

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
    ids = [found for each in architectures for found in re.findall(r'\bid="(.*?)"', svg_diagram(each))]
    assert len(set(ids)) == len(ids) == 2 * len(architectures)


def test_hostile_names_are_text_and_nothing_else() -> None:
    hostile = '"><script>alert(1)</script>&\x00\ud800'
    levels = (hostile, "größe 大类", "x" * 300)
    architecture = Architecture(f"{hostile}'", levels, "separate", (Flow(hostile, "x" * 300),))
    source = svg_diagram(architecture, (2, 3, 10**12))
    assert "<script" not in source
    svg = ElementTree.fromstring(source.encode())
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= {
        "svg", "title", "desc", "style", "g", "path", "rect", "circle", "text"
    }  # fmt: skip
    assert svg.findtext(f"{SVG}title") == "\"><script>alert(1)</script>&\ufffd\ufffd'"


def test_it_refers_to_nothing_outside_itself() -> None:
    source = svg_diagram(MIXED).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"http|href|url\(|@import|\son\w+=", source)


@given(st.permutations(range(5)), st.sets(st.sampled_from(list(itertools.combinations(range(5), 2)))))
def test_no_two_blocks_overlap_and_all_lie_within_the_picture(
    order: list[int], edges: set[tuple[int, int]]
) -> None:
    levels = tuple(f"level {i}" for i in range(5))
    flows = tuple(Flow(levels[order[a]], levels[order[b]]) for a, b in edges)
    svg = drawn(Architecture("any", levels, "separate", flows))
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    blocks = [box(rect) for rect in svg.iter(f"{SVG}rect")]
    assert all(x >= 0 and y >= 0 and right <= width and low <= height for x, y, right, low in blocks)
    for (ax, ay, ar, ab), (bx, by, br, bb) in itertools.combinations(blocks, 2):
        assert ar <= bx or br <= ax or ab <= by or bb <= ay


def box(rect: Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height
