"""A forest plot: differences, each with its interval, beside a line at zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from taskgraft.legible import shortened
from taskgraft.report._score_text import difference_label, difference_text, difference_words, scale
from taskgraft.report.charts._axis import Axis, tick_label
from taskgraft.report.charts._figures import Figure
from taskgraft.report.charts._names import name_lines, short_name
from taskgraft.report.charts._svg import chart, line, marker, text, written
from taskgraft.scores import about
from taskgraft.statistics import Interval

_WIDTH, _ROW, _TOP, _FOOT = 400, 27, 8, 44
_LEFT, _RIGHT = 168, 348
_LONGEST_NAME = 24
_LINE = 14
_DOT = "M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0z"


@dataclass(frozen=True)
class Bar:
    """One row of a forest plot.

    Attributes:
        name: What it is about.
        interval: The difference.
        is_claimed: Whether the difference may be claimed: its dot is filled.
        note: A line under the name; empty for none.
    """

    name: str
    interval: Interval
    is_claimed: bool
    note: str = ""


def forest_figures(kind: str, title: str, rows: Mapping[str, Sequence[Bar]]) -> tuple[Figure, ...]:
    """A plot for each score, all on one axis; none where there is no row.

    Args:
        kind: What the names of the charts begin with.
        title: What their titles begin with; no two sets of plots on a page have the same.
        rows: By score, the bars of its plot; the scores have one unit.
    """
    every = [bar for bars in rows.values() for bar in bars]
    if not every:
        return ()
    axis = forest_axis(next(iter(rows)), every)
    return tuple(
        Figure(
            f"{kind}-{score}",
            about(score).label,
            forest_plot(f"{title}: {about(score).label}", score, bars, axis),
        )
        for score, bars in rows.items()
    )


def forest_axis(score: str, bars: Sequence[Bar]) -> Axis:
    """The axis that plots of scores with one unit share; it holds zero."""
    ends = [scale(score) * end for bar in bars for end in (bar.interval.low, bar.interval.high)]
    return Axis.rounded([0.0, *ends], _LEFT, _RIGHT, most=4)


def forest_plot(title: str, score: str, bars: Sequence[Bar], x: Axis, label: str = "") -> str:
    """Draws differences of one score as a self-contained `<svg>` element.

    A filled dot marks a difference that may be claimed, a hollow one that may not.

    Args:
        title: Says which chart it is; no two of a page have the same.
        score: What the differences are of: decides their unit.
        bars: In the order of the rows.
        x: What `forest_axis` gave for all plots that are to be compared.
        label: What the axis shows; the difference in the score unless given.
    """
    row = _ROW + (_LINE - 5) * (max(len(_lines(bar)) for bar in bars) - 1)
    bottom = _TOP + row * len(bars)
    description = "; ".join(_words(score, bar) for bar in bars) + "."
    svg = chart(_WIDTH, bottom + _FOOT, title, description)
    _draw_axis(svg, x, bottom, label or difference_label(score))
    for number, bar in enumerate(bars):
        _draw_bar(svg, score, bar, x, _TOP + row * (number + 0.5))
    return written(svg)


def _draw_axis(svg: Element, x: Axis, bottom: float, words: str) -> None:
    for value in x.ticks:
        # A sum of steps seldom hits zero exactly.
        is_zero = abs(value) < 1e-9
        line(svg, [(x.at(value), _TOP), (x.at(value), bottom + 4)], "axis" if is_zero else "grid")
        text(svg, x.at(value), bottom + 14, tick_label(0.0 if is_zero else value), "quiet middle")
    # Long names of scores would leave the chart on the right if they stood under the axis' middle.
    text(svg, _WIDTH, bottom + 33, shortened(words, 60), "quiet end")


def _draw_bar(svg: Element, score: str, bar: Bar, x: Axis, y: float) -> None:
    kind = "claimed" if bar.is_claimed else "unclaimed"
    dot = "marker claimed" if bar.is_claimed else "hollow unclaimed"
    factor, interval = scale(score), bar.interval
    first, *others = _lines(bar)
    top = y - _LINE * len(others) / 2
    text(svg, 0, top, short_name(first, _LONGEST_NAME))
    for number, words in enumerate(others, start=1):
        text(svg, 0, top + _LINE * number, short_name(words, _LONGEST_NAME + 3), "quiet small")
    line(svg, [(x.at(factor * interval.low), y), (x.at(factor * interval.high), y)], f"line mean {kind}")
    marker(svg, x.at(factor * interval.estimate), y, _DOT, _words(score, bar), dot)
    text(svg, _WIDTH, y, difference_text(score, interval.estimate), "quiet end")


def _lines(bar: Bar) -> list[str]:
    """What stands beside a bar: its name, where that is too long on two lines, and its note."""
    lines = name_lines(bar.name, _LONGEST_NAME)
    return [*lines, *([bar.note] if bar.note else [])]


def _words(score: str, bar: Bar) -> str:
    name = f"{bar.name}, {bar.note}" if bar.note else bar.name
    return f"{name}: {difference_words(score, bar.interval)}"
