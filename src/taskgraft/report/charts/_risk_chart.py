"""Risk against coverage, as a chart: how often answers are wrong, the more they tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from taskgraft.report.charts._axis import Axis
from taskgraft.report.charts._frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_frame
from taskgraft.report.charts._learning_chart import line_kind
from taskgraft.report.charts._look import Look
from taskgraft.report.charts._svg import chart, line, marker, text, written

# Markers stand at every so many points of a curve.
_STRIDE = 20
# Above the curves there is room for their names: little is wrong where little is said.
_KEY_LEFT, _KEY_TOP, _KEY_LINE, _KEY_HEIGHT = LEFT + 14, TOP + 12, 30, 18


@dataclass(frozen=True)
class RiskCurve:
    """One line.

    Attributes:
        name: What it is called.
        look: How it is drawn.
        points: Coverage and risk, 0 to 1, by rising coverage; one at least.
    """

    name: str
    look: Look
    points: Sequence[tuple[float, float]]


def risk_chart(title: str, curves: Sequence[RiskCurve], *, is_named: bool = False) -> str:
    """Draws curves as a self-contained `<svg>` element; low and far to the right is good.

    The i-th curve is a group of class `series-<i>`, counted from 1, so that a page can hide it.

    Args:
        title: Says which chart it is.
        curves: One at least.
        is_named: Whether the chart says which line is which; the page does otherwise.
    """
    x = Axis(0, 100, 20, LEFT, RIGHT)
    risks = [100 * risk for curve in curves for _, risk in curve.points]
    y = Axis.rounded([0, *risks], BOTTOM, TOP)
    svg = chart(WIDTH, HEIGHT, title, _description(curves))
    draw_frame(svg, x, y, "coverage: what the answers tell, %", "risk: answers that are wrong, %")
    for number, curve in enumerate(curves, start=1):
        group = SubElement(svg, "g", {"class": f"series-{number}", "style": curve.look.style})
        places = [(x.at(100 * coverage), y.at(100 * risk)) for coverage, risk in curve.points]
        line(group, places, line_kind(curve.look))
        # Counted from the end, so that all that a rule can tell has its marker.
        for place, (coverage, risk) in list(zip(places, curve.points, strict=True))[::-_STRIDE]:
            hint = f"{curve.name}: {100 * risk:.1f} % wrong at a coverage of {100 * coverage:.0f} %"
            marker(group, *place, curve.look.marker, hint)
        if is_named:
            _draw_key(group, number - 1, curve)
            # In the page's colour, for small letters need more contrast than lines do.
            text(svg, _KEY_LEFT + _KEY_LINE + 8, _key_height(number - 1), curve.name)
    return written(svg)


def _draw_key(group: Element, row: int, curve: RiskCurve) -> None:
    height = _key_height(row)
    line(group, [(_KEY_LEFT, height), (_KEY_LEFT + _KEY_LINE, height)], line_kind(curve.look))
    marker(group, _KEY_LEFT + _KEY_LINE / 2, height, curve.look.marker, curve.name)


def _key_height(row: int) -> float:
    return _KEY_TOP + row * _KEY_HEIGHT


def _description(curves: Sequence[RiskCurve]) -> str:
    ends = (
        f"{curve.name} {100 * curve.points[-1][1]:.1f} % wrong at {100 * curve.points[-1][0]:.0f} %"
        for curve in curves
    )
    return (
        "Share of answers that are wrong against what the answers tell, from saying nothing to saying all; "
        f"mean over seeds. At the end: {', '.join(ends)}."
    )
