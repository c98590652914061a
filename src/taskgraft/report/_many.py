"""What is shown first where a study has more variants than a chart or a table can hold."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.report._score_text import charted_scores
from taskgraft.verdict import Comparison, Verdict

MOST_BARS = 16
"""Rows of a forest plot, beyond which the most telling ones are drawn."""
MOST_POINTS = 12
"""Points of a chart, beyond which the most telling ones are drawn."""
MOST_PAIRS = 100
"""Pairs in one table; all of 14 variants fit."""


def most_telling(verdict: Verdict, most: int) -> set[str]:
    """The recommended variant, the control, then those of the highest full-path or finest accuracy.

    Args:
        verdict: Whose variants.
        most: How many at most.
    """
    first = [verdict.recommendation.variant if verdict.recommendation else None, verdict.control]
    score = (charted_scores(verdict.score_names) or list(verdict.score_names))[-1]

    def rank(number: int) -> tuple[int, float, int]:
        standing = verdict.standings[number]
        place = first.index(standing.variant) if standing.variant in first else len(first)
        interval = standing.scores.get(score)
        return place, -interval.estimate if interval else 0.0, number

    ranked = sorted(range(len(verdict.standings)), key=rank)
    return {verdict.standings[number].variant for number in ranked[:most]}


def most_telling_pairs(verdict: Verdict, pairs: Sequence[Comparison]) -> list[Comparison]:
    """Those with the control or the recommended variant, then those of the smallest p; in their order."""
    if len(pairs) <= MOST_PAIRS:
        return list(pairs)
    first = most_telling(verdict, 2)

    def rank(number: int) -> tuple[bool, float]:
        pair = pairs[number]
        p = pair.interval.p
        return not first & {pair.first, pair.second}, 1.0 if p is None else p

    kept = set(sorted(range(len(pairs)), key=rank)[:MOST_PAIRS])
    return [pair for number, pair in enumerate(pairs) if number in kept]
