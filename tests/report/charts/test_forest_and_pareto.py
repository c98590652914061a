"""Forest plots, reliability and Pareto charts: what they draw, and that their names do not collide."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.report._units import scaled
from taskgraft.report.charts._figures import unique_name, write_figures
from taskgraft.report.charts._forest import Bar, forest_axis, forest_plot
from taskgraft.report.charts._look import Look, looks
from taskgraft.report.charts._pareto import Cost, Point, front, pareto_chart, side_by_side
from taskgraft.report.charts._placing import _LETTER, _SHIFTS, Box, Label, _best, _box, place_labels
from taskgraft.report.charts._reliability import reliability_chart
from taskgraft.report.page._tradeoff import tradeoffs
from taskgraft.statistics import Interval

SVG = "{http://www.w3.org/2000/svg}"
LONG = "a-name-far-too-long-to-stand-beside-a-plot"
SCORE = "accuracy.fine"
MACS = Cost("MACs", scaled)
LOOK = Look(0, is_dashed=False)
FRAME = Box(44, 20, 400, 290)


def bars():
    return [
        Bar("clear", Interval(0.02, 0.01, 0.03, 3), is_claimed=True),
        Bar(LONG, Interval(-0.01, -0.03, 0.01, 3), is_claimed=False),
    ]


def point(name, cost, score, look=LOOK, half=0.01):
    return Point(name, look, cost, Interval(score, score - half, score + half, 3))


def texts(svg):
    return [text.text for text in svg.iter(f"{SVG}text")]


def test_a_forest_plot_fills_the_dot_of_a_difference_that_may_be_claimed():
    rows = bars()
    svg = ElementTree.fromstring(forest_plot("Against independent", SCORE, rows, forest_axis(SCORE, rows)))
    dots = [dot for dot in svg.iter(f"{SVG}path") if dot.get("transform")]
    assert [dot.get("class") for dot in dots] == ["marker claimed", "hollow unclaimed"]
    assert dots[0].find(f"{SVG}title").text == "clear: +2.0 points (95 % interval +1.0 to +3.0)"
    assert svg.find(f"{SVG}title").text == "Against independent"
    assert {"a-name-far-too-lon...lot", "+2.0", "−1.0"} <= set(texts(svg))
    assert f"{LONG}: −1.0 points" in svg.find(f"{SVG}desc").text


def test_differences_of_scores_that_are_no_shares_keep_their_unit():
    rows = [Bar("x", Interval(-0.1, -0.2, 0.0, 3), is_claimed=False)]
    svg = ElementTree.fromstring(forest_plot("t", "nll.fine", rows, forest_axis("nll.fine", rows)))
    assert {"−0.100", "difference in fine NLL, nats"} <= set(texts(svg))


def test_a_forest_axis_holds_zero_and_every_interval():
    axis = forest_axis(SCORE, [Bar("x", Interval(0.055, 0.05, 0.06, 3), is_claimed=True)])
    assert axis.low == 0
    assert axis.high >= 6


def test_no_difference_at_all_can_be_drawn():
    rows = [Bar("x", Interval(0.0, 0.0, 0.0, 1), is_claimed=False)]
    assert "0.0 points" in forest_plot("t", SCORE, rows, forest_axis(SCORE, rows))


def test_the_front_is_what_nothing_beats_in_both():
    points = [point("dear", 3, 0.7), point("cheap", 1, 0.5), point("bad", 2, 0.4), point("best", 3, 0.8)]
    assert [p.name for p in front(points)] == ["cheap", "best"]


def test_a_pareto_chart_names_every_point_and_draws_its_interval():
    points = [point("cheap", 4e7, 0.7), point("dear", 8e7, 0.72, Look(1, is_dashed=True))]
    svg = ElementTree.fromstring(pareto_chart("Score and cost", SCORE, MACS, points))
    assert {"cheap", "dear", "40 M", "80 M", "MACs", "fine accuracy, %"} <= set(texts(svg))
    kinds = [path.get("class") for path in svg.iter(f"{SVG}path")]
    assert kinds.count("line whisker") == 2
    assert kinds.count("front") == 1
    assert {"marker", "hollow"} <= set(kinds)
    assert "On the front, cheapest first: cheap, dear." in svg.find(f"{SVG}desc").text


@pytest.mark.parametrize("costs", [[5e7], [5e7, 5e7], [0.0, 0.0], [1e3, 9e9]])
def test_a_pareto_chart_holds_for_any_costs(costs):
    points = [point(f"number {i}", cost, 0.5) for i, cost in enumerate(costs)]
    svg = ElementTree.fromstring(pareto_chart("t", SCORE, MACS, points))
    places = [re.findall(r"[\d.]+", p.get("transform")) for p in svg.iter(f"{SVG}path") if p.get("transform")]
    assert all(44 <= float(x) <= 400 and 0 <= float(y) <= 290 for x, y, _ in places)


def test_an_interval_beyond_what_a_share_can_be_is_cut():
    svg = pareto_chart("t", SCORE, MACS, [point("x", 1, 0.5, half=0.9), point("y", 2, 0.6, half=0.9)])
    assert "x: 50.0 (0.0–100.0) at 1" in svg
    words = texts(ElementTree.fromstring(svg))
    assert "0" in words
    assert "100" in words
    assert not [word for word in words if word.startswith("−")]


def test_points_of_one_cost_stand_side_by_side():
    places = side_by_side([100.0, 100.0, 300.0, 101.0])
    assert places[2] == 300
    assert min(abs(a - b) for a, b in combinations(places, 2)) >= 6.9


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_no_name_covers_another_a_point_or_the_edge_of_the_chart(number, seed):
    rng = np.random.default_rng(seed)
    # As in a study: a few costs, each shared by several architectures.
    columns = rng.choice([60.0, 120.0, 300.0, 370.0], number)
    places = list(zip(side_by_side(columns), rng.uniform(40, 280, number), strict=True))
    names = ["shared-coarse-to-fine"] * number
    marks = [Box(x - 6, y - 6, x + 6, y + 6) for x, y in places]
    boxes = [_box(label, _LETTER * len(names[0])) for label in place_labels(names, places, marks, FRAME)]
    # A hair's breadth of overlap, a few of the 1,700 square pixels of a name, is better than a far-off place.
    assert sum(overlap(a, b) for a, b in combinations(boxes, 2)) < 10
    assert sum(area(box) - overlap(box, FRAME) for box in boxes) < 10
    assert sum(overlap(box, mark) for box in boxes for mark in marks) < 10


def overlap(one: Box, other: Box) -> float:
    """The area both cover."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(width, 0.0) * max(height, 0.0)


def area(box: Box) -> float:
    return overlap(box, box)


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_each_name_has_the_least_displeasing_of_all_places(number, seed):
    rng = np.random.default_rng(seed)
    taken = [Box(x - 20, y - 6, x + 20, y + 6) for x, y in rng.uniform(40, 280, (number, 2))]
    point, width = tuple(rng.uniform(60, 260, 2)), 80.0

    def displeasure(label: Label, distance: float) -> float:
        box = _box(label, width)
        covered = sum(overlap(box, other) for other in taken) + 2 * (area(box) - overlap(box, FRAME))
        return distance + 100 * covered

    labels = {
        Label(point[0] + x, point[1] + y, is_left): distance for distance, x, y, is_left in reversed(_SHIFTS)
    }
    least, best = _best(point, width, taken, FRAME)
    assert least == pytest.approx(min(displeasure(*one) for one in labels.items()))
    assert least == pytest.approx(displeasure(best, labels[best]))


def test_seven_architectures_are_told_apart_by_more_than_colour(tell):
    story = tell()
    found = looks(story.study.record.request.variants)
    assert len({(look.marker, look.is_dashed) for look in found.values()}) == 7
    figures = tradeoffs(story.verdict, found)
    assert [figure.name for figure in figures][:2] == [
        "accuracy.coarse-against-macs",
        "accuracy.coarse-against-latency",
    ]
    assert len(figures) == 6


def test_latency_has_charts_only_where_it_was_measured(tell):
    story = tell(has_inference=False)
    assert len(tradeoffs(story.verdict, looks(story.study.record.request.variants))) == 3


def test_a_reliability_chart_has_a_line_an_architecture_and_the_diagonal(tell):
    story = tell()
    own = [c for c in story.verdict.calibrations if c.level == "fine"]
    svg = ElementTree.fromstring(reliability_chart("fine", own, looks(story.study.record.request.variants)))
    kinds = [element.get("class") for element in svg.iter()]
    assert kinds.count("ideal") == 1
    assert kinds.count("marker") == 70
    assert [g.get("class") for g in svg.iter(f"{SVG}g")] == [f"series-{i}" for i in range(1, 8)]


@given(st.lists(st.text(), max_size=8))
def test_file_names_are_safe_and_unique_whatever_levels_are_called(names):
    taken = set()
    for name in names:
        found = unique_name(name, taken)
        assert re.fullmatch("[a-z0-9-]{1,90}", found)
        assert found not in taken
        taken.add(found)


def test_every_chart_is_a_file_that_stands_alone(tell):
    story = tell()
    story.write()
    files = sorted((story.study.directory / "figures").iterdir())
    # The opening picture. Of two levels and the full path: differences, effects, trade-offs, curves,
    # diagrams, reliability, risk, flows.
    assert len(files) == 1 + 3 + 3 + 6 + 3 + 7 + 2 + 2 + 3
    assert "difference-full-path-accuracy.svg" in [path.name for path in files]
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert ElementTree.fromstring(text.encode()).tag == f"{SVG}svg"
        assert "background: #ffffff" in text
        if "taskgraft-chart" in text:
            assert "var(" not in text


def test_figures_of_the_same_name_are_numbered(tell, tmp_path):
    figures = tradeoffs(tell().verdict, looks(tell().study.record.request.variants))[:1]
    names = [path.name for path in write_figures(tmp_path, [*figures, *figures])]
    assert names == ["accuracy-coarse-against-macs.svg", "accuracy-coarse-against-macs-2.svg"]
