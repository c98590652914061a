"""What a notebook shows of a verdict: what to remember, what to take, the scores, the cautions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from taskgraft.notebook_table import Cell, html_table
from taskgraft.study import score_title, shown_scores

if TYPE_CHECKING:
    from taskgraft.verdict._records import Standing, Verdict

_MOST_ROWS, _MOST_CAUTIONS = 20, 5


def verdict_html(verdict: Verdict) -> str:
    """A verdict as a table between its headline and its cautions."""
    scores = shown_scores(verdict.score_names)
    rows = [_row(standing, scores) for standing in verdict.standings[:_MOST_ROWS]]
    head = [verdict.noun, *(f"{score_title(name)} %" for name in scores), "million MACs"]
    return html_table(head, rows, _below(verdict), _above(verdict))


def _above(verdict: Verdict) -> Iterator[str]:
    yield verdict.headline
    chosen = verdict.recommendation
    if chosen is not None:
        what = f"take {chosen.variant}" if chosen.variant else "nothing is recommended"
        yield f"For {chosen.prefer}, {what}. {chosen.reason} {chosen.remedy}".rstrip()


def _row(standing: Standing, scores: Sequence[str]) -> list[Cell]:
    intervals = [standing.scores[name] for name in scores]
    return [
        Cell(standing.variant),
        *(Cell(f"{100 * each.estimate:.1f}", f"±{100 * each.reach:.1f}") for each in intervals),
        Cell(f"{standing.cost.macs / 1e6:,.1f}"),
    ]


def _below(verdict: Verdict) -> Iterator[str]:
    left = len(verdict.standings) - _MOST_ROWS
    if left > 0:
        yield f"and {left:,} more"
    yield "Accuracy on test, ± to the farther end of its 95 % interval."
    yield from verdict.cautions[:_MOST_CAUTIONS]
    more = len(verdict.cautions) - _MOST_CAUTIONS
    if more > 0:
        yield f"and {more:,} more cautions, in the report"
