"""How far probabilities can be trusted, as a chart: accuracy against confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import SubElement

from taskgraft.report._score_text import spread_text
from taskgraft.report.charts._axis import Axis
from taskgraft.report.charts._frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_frame
from taskgraft.report.charts._learning_chart import line_kind
from taskgraft.report.charts._look import Look
from taskgraft.report.charts._svg import chart, key_of, line, stamp, stamped, written
from taskgraft.verdict import Calibration


def reliability_chart(level: str, entries: Sequence[Calibration], looks: Mapping[str, Look]) -> str:
    """Accuracy against mean confidence of images of similar confidence, a line a variant.

    The i-th variant is a group of class `series-<i>`, counted from 1, so that a page can hide it.
    """
    x, y = Axis(0, 100, 20, LEFT, RIGHT), Axis(0, 100, 20, BOTTOM, TOP)
    title = f"Reliability: {level}"
    svg = chart(WIDTH, HEIGHT, title, _description(entries))
    draw_frame(svg, x, y, "mean confidence, %", "accuracy, %")
    line(svg, [(x.first, y.first), (x.last, y.last)], "ideal")
    for number, calibration in enumerate(entries, start=1):
        look = looks[calibration.variant]
        group = SubElement(svg, "g", {"class": f"series-{number}", "style": look.style})
        places = [(x.at(100 * b.confidence), y.at(100 * b.accuracy)) for b in calibration.bins]
        line(group, places, line_kind(look))
        key = f"{key_of(title)}-{number}"
        stamp(group, key, look.marker)
        for (left, top), one in zip(places, calibration.bins, strict=True):
            words = f"{100 * one.accuracy:.1f} % right at {100 * one.confidence:.1f} % confidence"
            hint = f"{calibration.variant}: {words}, {100 * one.share:.0f} % of images"
            stamped(group, left, top, key, hint)
    return written(svg)


def _description(entries: Sequence[Calibration]) -> str:
    errors = (f"{c.variant} {spread_text(f'ece.{c.level}', c.raw['ece'])} %" for c in entries)
    return (
        "Accuracy against mean confidence, in bins of as many images each; on the diagonal confidence is "
        f"right. Calibration error: {', '.join(errors)}."
    )
