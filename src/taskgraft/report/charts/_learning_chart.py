"""Learning curves as a small chart: a bold line a variant for the mean, a thin one a seed."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from taskgraft.legible import visible
from taskgraft.report.charts._axis import Axis, round_step
from taskgraft.report.charts._curves import Curve, Panel, Points
from taskgraft.report.charts._frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_frame
from taskgraft.report.charts._look import Look
from taskgraft.report.charts._svg import chart, line, marker, written

MOST_CURVES = 8
"""Curves that are drawn at once, unless the reader asks for more."""
_MOST_MARKERS = 10


def curve_chart(panel: Panel) -> str:
    """Draws one panel as a self-contained `<svg>` element.

    The i-th curve is a group of class `series-<i>`, counted from 1, so that a page can hide it.

    Args:
        panel: Curves of one quantity; each has at least one seed with at least one epoch.

    Returns:
        Well-formed XML; no scripts, no references.
    """
    everything = [point for curve in panel.curves for seed in curve.seeds for point in seed]
    x = _epoch_axis([epoch for epoch, _ in everything])
    y = Axis.rounded([value for _, value in everything], BOTTOM, TOP)
    svg = chart(WIDTH, HEIGHT, panel.title, _description(panel))
    draw_frame(svg, x, y, panel.along, panel.label)
    for number, curve in enumerate(panel.curves, start=1):
        group = SubElement(svg, "g", {"class": f"series-{number}", "style": curve.look.style})
        _draw_curve(group, curve, (x, y), panel.at, has_seeds=len(panel.curves) <= MOST_CURVES)
    return written(svg)


def swatch(look: Look) -> str:
    """A piece of line with its marker, for a legend; the words beside it say what it is."""
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "taskgraft-chart",
            "aria-hidden": "true",
            "viewBox": "0 0 38 14",
            "width": "38",
            "height": "14",
            "style": look.style,
        },
    )
    line(svg, [(1, 7), (37, 7)], line_kind(look))
    SubElement(svg, "path", {"class": "marker", "d": look.marker, "transform": "translate(19 7)"})
    return written(svg)


def line_kind(look: Look) -> str:
    """The CSS classes of a variant's line."""
    return "line mean dashed" if look.is_dashed else "line mean"


def _epoch_axis(epochs: list[float]) -> Axis:
    """From the first epoch to the last, with whole epochs for ticks where there are any."""
    low, high = min(epochs), max(epochs)
    if low == high:
        low = 0.0
    step = round_step(low, high, most=8)
    return Axis(low, high, max(step, 1.0) if high >= 1 else step, LEFT, RIGHT)


def _draw_curve(group: Element, curve: Curve, axes: tuple[Axis, Axis], at: str, *, has_seeds: bool) -> None:
    x, y = axes
    if has_seeds and len(curve.seeds) > 1:
        for seed in curve.seeds:
            line(group, _placed(seed, x, y), "line seed")
    mean = curve.mean
    line(group, _placed(mean, x, y), line_kind(curve.look))
    stride = -(-len(mean) // _MOST_MARKERS)
    # Counted from the end, so that the last epoch always has its marker.
    for epoch, value in mean[::-stride]:
        hint = f"{curve.name}, {at} {epoch:.6g}: {value:.4g}"
        marker(group, x.at(epoch), y.at(value), curve.look.marker, hint)


def _placed(points: Points, x: Axis, y: Axis) -> list[tuple[float, float]]:
    return [(x.at(epoch), y.at(value)) for epoch, value in points]


def _description(panel: Panel) -> str:
    """Where every curve ends, in words."""
    ends = []
    for curve in panel.curves:
        epoch, value = curve.mean[-1]
        ends.append(f"{visible(curve.name)} {value:.4g} after {epoch:.6g}")
    over = ", mean over seeds" if panel.at == "epoch" else ""
    return f"Against {panel.along}{over}; {panel.label}. At the end: {', '.join(ends)}."
