from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.architecture import NAMES, Architecture, Flow, catalogue
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


def forked(*forks: int, flows: tuple[Flow, ...] = ()) -> Architecture:
    return Architecture("forked", LEVELS, "forked", flows, forks=forks)


def convolutions(svg: Element) -> list[str]:
    return [text for text in texts(svg) if text.startswith("conv")]


@pytest.mark.parametrize(
    ("forks", "drawn_as"),
    [
        ((1, 1, 1), ["conv 2–4"] * 3 + ["conv 1"]),
        ((3, 3, 3), ["conv 4"] * 3 + ["conv 1–3"]),
        ((1, 2, 4), ["conv 3–4", "conv 2–4", "conv 1", "conv 2", "conv 3–4"]),
        ((0, 0, 2), ["conv 3–4", "conv 1–4", "conv 1–4", "conv 1–2"]),
        ((0, 0, 0), ["conv"] * 3),
        ((4, 4, 4), ["conv"]),
    ],
)
def test_common_stages_are_drawn_once_and_the_rest_in_the_level_s_row(
    forks: tuple[int, ...], drawn_as: list[str]
) -> None:
    svg = ElementTree.fromstring(svg_diagram(forked(*forks), None, 4))
    assert convolutions(svg) == drawn_as
    heads = {text.text: float(text.get("y", "")) for text in svg.iter(f"{SVG}text") if text.text in LEVELS}
    own = [text for text in svg.iter(f"{SVG}text") if (text.text or "").startswith("conv")]
    if any(forks):
        # The first are the levels' own, finest first: each in the row of its head.
        rows = [heads[level] for level, fork in zip(LEVELS, forks, strict=True) if fork < 4][::-1]
        assert [float(text.get("y", "")) for text in own[: len(rows)]] == rows


def test_it_is_said_how_much_each_level_shares() -> None:
    found = drawn(forked(0, 1, 3)).findtext(f"{SVG}desc") or ""
    assert "A trunk that forks; stages shared: kingdom 0, family 1, species 3." in found


def test_features_leave_their_dense_block_and_logits_the_head() -> None:
    flows = (Flow("kingdom", "species", "features", False), Flow("family", "species"))
    svg = drawn(forked(1, 1, 1, flows=flows))
    assert {"features", "logits", "gradient stopped"} <= set(texts(svg))
    dense = [float(text.get("x", "")) for text in svg.iter(f"{SVG}text") if text.text == "fc"]
    features, logits = (
        float(re.match(r"M([0-9.]+) ", path.get("d", ""))[1])  # type: ignore[index]
        for path in of_class(svg, "flow")
    )
    assert features == dense[0]
    assert logits > dense[0] + 46
    assert "kingdom to species (features, gradient stopped)" in (svg.findtext(f"{SVG}desc") or "")


def test_a_chain_of_features_stands_in_one_column() -> None:
    """It need not wait for any head, so eight levels are no wider than two."""
    levels = tuple(f"level {i}" for i in range(8))

    def width(carries: str) -> float:
        flows = tuple(Flow(a, b, carries) for a, b in itertools.pairwise(levels))  # type: ignore[arg-type]
        return float(drawn(Architecture("chain", levels, "separate", flows)).get("width", ""))

    assert width("features") < width("logits") / 3


def test_a_wide_diagram_keeps_its_words_readable() -> None:
    svg = drawn(MIXED)
    least = re.search(r"--least: ([0-9]+)px", svg.get("style", ""))
    assert least
    assert int(least[1]) == pytest.approx(0.6 * float(svg.get("width", "")), abs=1)
    assert "min-width: var(--least)" in (svg.findtext(f"{SVG}style") or "")


@given(
    st.lists(st.integers(0, 4), min_size=5, max_size=5),
    st.sets(st.sampled_from(list(itertools.combinations(range(5), 2)))),
    st.sampled_from(["logits", "features"]),
)
def test_no_two_blocks_or_funnels_of_any_fork_overlap(
    forks: list[int], edges: set[tuple[int, int]], carries: str
) -> None:
    levels = tuple(f"level {i}" for i in range(5))
    flows = tuple(Flow(levels[b], levels[a], carries) for a, b in edges)  # type: ignore[arg-type]
    architecture = Architecture("any", levels, "forked", flows, forks=tuple(forks))
    svg = ElementTree.fromstring(svg_diagram(architecture, (10,) * 5, 4))
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    funnels = [funnel(path) for path in svg.iter(f"{SVG}path") if "block" in path.get("class", "").split()]
    blocks = [*(box(rect) for rect in svg.iter(f"{SVG}rect")), *funnels]
    assert all(x >= 0 and y >= 0 and right <= width and low <= height for x, y, right, low in blocks)
    for (ax, ay, ar, ab), (bx, by, br, bb) in itertools.combinations(blocks, 2):
        assert ar <= bx or br <= ax or ab <= by or bb <= ay


def funnel(path: Element) -> tuple[float, float, float, float]:
    left, top, width = map(float, re.match(r"M(\S+) (\S+)l(\S+) 10v", path.get("d", "")).groups())  # type: ignore[union-attr]
    return left, top, left + width, top + 46
