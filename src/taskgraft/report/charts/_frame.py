"""The frame of a chart: grid lines, ticks and what its two axes show."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from taskgraft.report.charts._axis import Axis, tick_label
from taskgraft.report.charts._svg import line, text

WIDTH, HEIGHT = 400, 330
LEFT, RIGHT, TOP, BOTTOM = 44, 388, 30, 290


def draw_frame(
    svg: Element, x: Axis, y: Axis, x_label: str, y_label: str, x_tick: Callable[[float], str] = tick_label
) -> None:
    """Draws both axes.

    Args:
        svg: The chart.
        x: Left to right.
        y: Upwards: its first pixel is the lower one.
        x_label: What x shows, with its unit.
        y_label: What y shows, with its unit.
        x_tick: A tick of x as text.
    """
    for value in y.ticks:
        line(svg, [(x.first, y.at(value)), (x.last, y.at(value))], "grid")
        text(svg, x.first - 7, y.at(value), tick_label(value), "quiet end")
    for value in x.ticks:
        line(svg, [(x.at(value), y.first), (x.at(value), y.first + 4)], "axis")
        text(svg, x.at(value), y.first + 15, x_tick(value), "quiet middle")
    line(svg, [(x.first, y.first), (x.last, y.first)], "axis")
    text(svg, 0, y.last - 20, y_label, "quiet")
    text(svg, (x.first + x.last) / 2, y.first + 33, x_label, "quiet middle")
