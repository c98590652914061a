"""A score against a cost: one point a variant, and the front that nothing beats in both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from xml.etree.ElementTree import Element, SubElement

from taskgraft.legible import visible
from taskgraft.report._score_text import interval_text, label, possible_part, scale, shown
from taskgraft.report.charts._axis import Axis
from taskgraft.report.charts._frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_frame
from taskgraft.report.charts._look import Look
from taskgraft.report.charts._names import short_name
from taskgraft.report.charts._placing import Box, Label, place_labels
from taskgraft.report.charts._svg import chart, line, marker, text, written
from taskgraft.statistics import Interval, pareto_front

_LONGEST_NAME = 24
_REACH = 6.0  # half the width of a marker with its edge
_MARKER_SIZE = 1.25
_APART = 7.0  # from whisker to whisker of points of one cost


@dataclass(frozen=True)
class Cost:
    """What a chart's horizontal axis shows.

    Attributes:
        label: Its name, with its unit.
        written: A value as text.
    """

    label: str
    written: Callable[[float], str]


@dataclass(frozen=True)
class Point:
    """One variant.

    Attributes:
        name: Its name.
        look: How it is drawn.
        cost: Of one run or of one prediction.
        score: With its interval.
    """

    name: str
    look: Look
    cost: float
    score: Interval


def pareto_chart(title: str, score: str, cost: Cost, points: Sequence[Point]) -> str:
    """Draws points, whiskers, names and the front as a self-contained `<svg>` element.

    Args:
        title: Says which chart it is; no two of a page have the same.
        score: Name of the score, a higher one being better.
        cost: The cost.
        points: At least one.
    """
    factor = scale(score)
    points = [replace(point, score=possible_part(score, point.score)) for point in points]
    x = _cost_axis([point.cost for point in points])
    y = Axis.rounded([factor * end for p in points for end in (p.score.low, p.score.high)], BOTTOM, TOP)
    svg = chart(WIDTH, HEIGHT, title, _description(score, cost, points))
    draw_frame(svg, x, y, cost.label, label(score), lambda v: cost.written(v).replace(".0", ""))
    places = side_by_side([x.at(point.cost) for point in points], x.first, x.last)
    corners = _corners(dict(zip(points, places, strict=True)), x.last, y, factor)
    line(svg, corners, "front")
    for point, at in zip(points, places, strict=True):
        group = SubElement(svg, "g", {"style": point.look.style})
        _draw_point(group, point, at, y, factor, _words(score, cost, point))
    _draw_names(svg, points, places, y, factor, _front_boxes(corners))
    return written(svg)


def front(points: Sequence[Point]) -> list[Point]:
    """The points that no other one beats in score without costing more, cheapest first."""
    is_on = pareto_front([point.score.estimate for point in points], [point.cost for point in points])
    kept = [point for point, kept in zip(points, is_on, strict=True) if kept]
    return sorted(kept, key=lambda point: point.cost)


def _cost_axis(costs: Sequence[float]) -> Axis:
    """From near the cheapest to near the dearest: a point on the edge of a chart looks cut off."""
    low, high = min(costs), max(costs)
    room = 0.08 * (high - low) or 0.1 * high or 1.0
    rounded = Axis.rounded([low - room, high + room], LEFT, RIGHT, most=5)
    return Axis(low - room, high + room, rounded.step, LEFT + 8, RIGHT)


def _corners(places: Mapping[Point, float], end: float, y: Axis, factor: float) -> list[tuple[float, float]]:
    """The front as a staircase: what is reached at a cost holds until the next point that costs more."""
    corners: list[tuple[float, float]] = []
    for point in front(list(places)):
        at = (places[point], y.at(factor * point.score.estimate))
        corners += [(at[0], corners[-1][1]), at] if corners else [at]
    return [*corners, (end, corners[-1][1])]


def _front_boxes(corners: Sequence[tuple[float, float]]) -> list[Box]:
    return [
        Box(min(a[0], b[0]) - 1, min(a[1], b[1]) - 1, max(a[0], b[0]) + 1, max(a[1], b[1]) + 1)
        for a, b in pairwise(corners)
    ]


def side_by_side(places: Sequence[float], low: float = -inf, high: float = inf) -> list[float]:
    """Moves places that would cover one another apart, by as little as shows their whiskers.

    Args:
        places: In pixels.
        low: What none is moved below.
        high: What none is moved above; above `low` all the same.

    Example:
        >>> side_by_side([100.0, 50.0, 100.0])
        [96.5, 50.0, 103.5]
        >>> side_by_side([100.0, 100.0], 0, 100)
        [93.0, 100.0]
    """
    spread = list(places)
    order = sorted(range(len(places)), key=lambda i: places[i])
    groups: list[list[int]] = []
    for i in order:
        if groups and places[i] - places[groups[-1][-1]] < _APART:
            groups[-1].append(i)
        else:
            groups.append([i])
    for group in groups:
        half = (len(group) - 1) / 2 * _APART
        middle = sum(places[i] for i in group) / len(group)
        middle = max(min(middle, high - half), low + half)
        for rank, i in enumerate(group):
            spread[i] = middle - half + rank * _APART
    return spread


def _draw_point(group: Element, point: Point, at: float, y: Axis, factor: float, hint: str) -> None:
    line(group, [(at, y.at(factor * point.score.low)), (at, y.at(factor * point.score.high))], "line whisker")
    kind = "hollow" if point.look.is_dashed else "marker"
    marker(group, at, y.at(factor * point.score.estimate), point.look.marker, hint, kind, _MARKER_SIZE)


def _draw_names(
    svg: Element, points: Sequence[Point], across: Sequence[float], y: Axis, factor: float, lines: list[Box]
) -> None:
    names = [short_name(visible(point.name), _LONGEST_NAME) for point in points]
    places = [(at, y.at(factor * p.score.estimate)) for p, at in zip(points, across, strict=True)]
    marks = [Box(left - _REACH, top - _REACH, left + _REACH, top + _REACH) for left, top in places]
    marks += lines + [
        Box(at - 1.5, y.at(factor * p.score.high), at + 1.5, y.at(factor * p.score.low))
        for p, (at, _) in zip(points, places, strict=True)
    ]
    frame = Box(LEFT, TOP - 10, WIDTH, BOTTOM - 2)
    for name, place, label_ in zip(names, places, place_labels(names, places, marks, frame), strict=True):
        _draw_name(svg, name, place, label_)


def _draw_name(svg: Element, name: str, place: tuple[float, float], spot: Label) -> None:
    if abs(spot.y - place[1]) > 4 or abs(spot.x - place[0]) > 12:
        edge = spot.x + (2 if spot.is_left else -2)
        line(svg, [place, (edge, spot.y)], "leader")
    text(svg, spot.x, spot.y, name, "small end" if spot.is_left else "small")


def _words(score: str, cost: Cost, point: Point) -> str:
    value = f"{shown(score, point.score.estimate)} ({interval_text(score, point.score)})"
    return f"{point.name}: {value} at {cost.written(point.cost)}"


def _description(score: str, cost: Cost, points: Sequence[Point]) -> str:
    best = ", ".join(point.name for point in front(points))
    listed = "; ".join(_words(score, cost, point) for point in points)
    return f"{label(score)} against {cost.label}. {listed}. On the front, cheapest first: {best}."
