"""What a notebook shows of a verdict: what to remember, what to take, the scores, the cautions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from taskgraft.notebook_table import Cell, html_table
from taskgraft.statistics import Interval
from taskgraft.study import score_title, shown_scores
from taskgraft.verdict._recommendation import Recommendation

_MOST_ROWS, _MOST_CAUTIONS = 20, 5


class Line(NamedTuple):
    """A variant in the table.

    Attributes:
        variant: Its name.
        scores: Of every score the interval.
        macs: Multiply-accumulates of one image.
    """

    variant: str
    scores: Mapping[str, Interval]
    macs: int


def verdict_html(
    noun: str,
    lines: Sequence[Line],
    headline: str,
    recommendation: Recommendation | None,
    cautions: Sequence[str],
) -> str:
    """A verdict as a table between its headline and its cautions.

    Args:
        noun: What the variants are called.
        lines: Of each of them.
        headline: The one sentence to remember.
        recommendation: What to take.
        cautions: What a reader has to know before trusting the figures.
    """
    scores = shown_scores(lines[0].scores) if lines else []
    rows = [_row(line, scores) for line in lines[:_MOST_ROWS]]
    head = [noun, *(f"{score_title(name)} %" for name in scores), "million MACs"]
    above = [headline, *([_advice(recommendation)] if recommendation else [])]
    return html_table(head, rows, _below(len(lines), cautions), above)


def _advice(chosen: Recommendation) -> str:
    what = f"take {chosen.variant}" if chosen.variant else "nothing is recommended"
    return f"For {chosen.prefer}, {what}. {chosen.reason} {chosen.remedy}".rstrip()


def _row(line: Line, scores: Sequence[str]) -> list[Cell]:
    intervals = [line.scores[name] for name in scores]
    return [
        Cell(line.variant),
        *(Cell(f"{100 * each.estimate:.1f}", f"±{100 * each.reach:.1f}") for each in intervals),
        Cell(f"{line.macs / 1e6:,.1f}"),
    ]


def _below(num_lines: int, cautions: Sequence[str]) -> Iterator[str]:
    if num_lines > _MOST_ROWS:
        yield f"and {num_lines - _MOST_ROWS:,} more"
    yield "Accuracy on test, ± to the farther end of its 95 % interval."
    yield from cautions[:_MOST_CAUTIONS]
    if len(cautions) > _MOST_CAUTIONS:
        yield f"and {len(cautions) - _MOST_CAUTIONS:,} more cautions, in the report"
