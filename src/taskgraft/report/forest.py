"""A forest plot: differences from the control at one level, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from taskgraft.architecture.text_diagram import shortened
from taskgraft.report.axis import Axis, tick_label
from taskgraft.report.svg import chart, line, marker, text, written
from taskgraft.report.units import points, span
from taskgraft.statistics.paired import Interval
from taskgraft.study.summary import Difference

_WIDTH, _ROW, _TOP, _FOOT = 400, 27, 8, 44
_LEFT, _RIGHT = 168, 388
_LONGEST_NAME = 24
_DOT = "M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0z"


def forest_axis(differences: Sequence[Difference]) -> Axis:
    """The axis, in percentage points, that plots of several levels share; it holds zero."""
    ends = [100 * end for d in differences for end in (d.interval.low, d.interval.high)]
    return Axis.rounded([0.0, *ends], _LEFT, _RIGHT, most=5)


def forest_plot(level: str, differences: Sequence[Difference], control: str, x: Axis) -> str:
    """Draws the differences at one level as a self-contained `<svg>` element.

    A filled dot marks an interval that excludes zero, a hollow one an interval that holds it.

    Args:
        level: The level's name.
        differences: Those at this level, in the order of the rows.
        control: What zero stands for.
        x: What `forest_axis` gave for all levels.
    """
    bottom = _TOP + _ROW * len(differences)
    title = f"Difference from {control}: {level}"
    svg = chart(_WIDTH, bottom + _FOOT, title, _description(differences))
    _draw_axis(svg, x, bottom)
    for row, difference in enumerate(differences):
        y = _TOP + _ROW * (row + 0.5)
        text(svg, 0, y, shortened(difference.architecture, _LONGEST_NAME))
        _draw_interval(svg, difference.architecture, difference.interval, x, y)
    return written(svg)


def _draw_axis(svg: Element, x: Axis, bottom: float) -> None:
    for value in x.ticks:
        # A sum of steps seldom hits zero exactly.
        is_zero = abs(value) < 1e-9
        line(svg, [(x.at(value), _TOP), (x.at(value), bottom + 4)], "axis" if is_zero else "grid")
        text(svg, x.at(value), bottom + 14, tick_label(0.0 if is_zero else value), "quiet middle")
    text(svg, (x.first + x.last) / 2, bottom + 32, "difference in accuracy, points", "quiet middle")


def _draw_interval(svg: Element, name: str, interval: Interval, x: Axis, y: float) -> None:
    kind = "told" if interval.is_detectable else "untold"
    dot = "marker told" if interval.is_detectable else "hollow untold"
    line(svg, [(x.at(100 * interval.low), y), (x.at(100 * interval.high), y)], f"line mean {kind}")
    marker(svg, x.at(100 * interval.estimate), y, _DOT, f"{name}: {_words(interval)}", dot)


def _words(interval: Interval) -> str:
    return f"{points(interval.estimate)} points (95 % interval {span(interval)})"


def _description(differences: Sequence[Difference]) -> str:
    return "; ".join(f"{d.architecture} {_words(d.interval)}" for d in differences) + "."
