"""The choice in one picture: every variant's score with its interval, the margin, its cost and its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from taskgraft.legible import shortened
from taskgraft.report._score_text import interval_text, label, possible_part, scale, shown
from taskgraft.report.charts._axis import Axis, tick_label
from taskgraft.report.charts._names import name_lines, short_name
from taskgraft.report.charts._svg import chart, line, marker, text, written
from taskgraft.statistics import Interval

_WIDTH, _ROW, _TOP, _FOOT = 400, 39, 22, 44
_LEFT, _RIGHT = 6, 394
# Where the figures of a row end, and its words.
_SCORE, _COST, _WORD = 232, 300, 400
_LONGEST_NAME, _LINE = 28, 13
_DOT = "M-4.6 0a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0 -9.2 0z"


@dataclass(frozen=True)
class Candidate:
    """A row of the picture.

    Attributes:
        name: Of the variant.
        score: The primary one with its interval; None where there is none.
        cost: In words.
        place: In one word.
    """

    name: str
    score: Interval | None
    cost: str
    place: str


def choice_chart(
    title: str,
    score: str,
    candidates: Sequence[Candidate],
    band: tuple[float, float] | None,
    heads: Sequence[str],
) -> str:
    """Draws the candidates as a self-contained `<svg>` element.

    The dot of the recommended one is filled in the page's accent, those within the margin are filled, and
    those that are behind or undecided hollow.

    Args:
        title: Says which chart it is; no two of a page have the same.
        score: Name of the score, a share.
        candidates: In the order of the rows, at least one of them with a score.
        band: From the margin below the best to the margin above it, as shares; None where none is the best.
        heads: What stands above names, costs and words.
    """
    rows = [(one, possible_part(score, one.score) if one.score else None) for one in candidates]
    row = _ROW + _LINE * (max(len(name_lines(one.name, _LONGEST_NAME)) for one in candidates) - 1)
    bottom = _TOP + row * len(rows)
    svg = chart(_WIDTH, bottom + _FOOT, title, _description(score, candidates, band))
    factor = scale(score)
    ends = [factor * end for _, interval in rows if interval for end in (interval.low, interval.high)]
    x = Axis.rounded([*ends, *(factor * end for end in _possible(band))], _LEFT, _RIGHT, most=6)
    if band is not None:
        _draw_band(svg, x, _possible(band), factor, bottom)
    _draw_axis(svg, x, bottom, label(score))
    for at, kind, words in zip((0, _COST, _WORD), ("quiet", "quiet end", "quiet end"), heads, strict=True):
        text(svg, at, 8, words, kind)
    text(svg, _SCORE, 8, "%" if factor == 100 else "", "quiet end")
    for number, (one, interval) in enumerate(rows):
        _draw_row(svg, score, one, interval, x, (_TOP + row * number, _TOP + row * (number + 1)))
    return written(svg)


def _possible(band: tuple[float, float] | None) -> tuple[float, ...]:
    return () if band is None else tuple(min(max(end, 0.0), 1.0) for end in band)


def _draw_band(svg: Element, x: Axis, band: Sequence[float], factor: float, bottom: float) -> None:
    left, right = (x.at(factor * end) for end in band)
    place = {
        "x": f"{left:.1f}",
        "y": f"{_TOP - 4}",
        "width": f"{right - left:.1f}",
        "height": f"{bottom - _TOP + 8:g}",
    }
    SubElement(svg, "rect", {"class": "band", **place})


def _draw_axis(svg: Element, x: Axis, bottom: float, words: str) -> None:
    line(svg, [(x.first, bottom + 4), (x.last, bottom + 4)], "axis")
    for value in x.ticks:
        line(svg, [(x.at(value), bottom + 4), (x.at(value), bottom + 8)], "axis")
        is_last = x.at(value) > _RIGHT - 12
        text(
            svg,
            _WIDTH if is_last else x.at(value),
            bottom + 18,
            tick_label(value),
            f"quiet {'end' if is_last else 'middle'}",
        )
    text(svg, _WIDTH, bottom + 36, shortened(words, 60), "quiet end")


def _draw_row(
    svg: Element,
    score: str,
    one: Candidate,
    interval: Interval | None,
    x: Axis,
    ends: tuple[float, float],
) -> None:
    """Between a top and a bottom: name and figures on top, the interval below them."""
    top, bottom = ends
    is_taken = one.place == "recommended"
    strong = " strong" if is_taken else ""
    first, *others = name_lines(one.name, _LONGEST_NAME)
    text(svg, 0, top + 10, short_name(first, _LONGEST_NAME), strong.strip())
    for words in others:
        text(svg, 0, top + 10 + _LINE, short_name(words, _LONGEST_NAME + 3), "quiet small")
    text(svg, _COST, top + 10, one.cost, "quiet end")
    text(svg, _WORD, top + 10, one.place, f"end{strong}")
    if interval is None:
        return
    y, factor = bottom - 13, scale(score)
    text(svg, _SCORE, top + 10, shown(score, interval.estimate), f"quiet end{strong}")
    kind = "claimed" if is_taken else "unclaimed"
    line(svg, [(x.at(factor * interval.low), y), (x.at(factor * interval.high), y)], f"line mean {kind}")
    dot = "marker claimed" if is_taken else "marker" if one.place == "level" else "hollow unclaimed"
    marker(svg, x.at(factor * interval.estimate), y, _DOT, _words(score, one), dot)


def _words(score: str, one: Candidate) -> str:
    figures = (
        f"{shown(score, one.score.estimate)} ({interval_text(score, one.score)})" if one.score else "no score"
    )
    return f"{one.name}: {figures}, {one.cost}, {one.place}"


def _description(score: str, candidates: Sequence[Candidate], band: tuple[float, float] | None) -> str:
    rows = "; ".join(_words(score, one) for one in candidates)
    ends = [shown(score, end) for end in _possible(band)]
    margin = f" The band, the margin around the best, goes from {ends[0]} to {ends[1]}." if ends else ""
    return f"{label(score)}: {rows}.{margin}"
