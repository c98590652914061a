"""What is shown first where a study has more variants than a chart or a table can hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from taskgraft.report._score_text import charted_scores
from taskgraft.verdict import Comparison, Standing, Verdict

Item = TypeVar("Item")

MOST_BARS = 16
"""Rows of a forest plot, beyond which the most telling ones are drawn."""
MOST_POINTS = 12
"""Points of a chart, beyond which the most telling ones are drawn."""
MOST_DIAGRAMS = 12
"""Diagrams of architectures, beyond which those of the most telling variants are shown first."""
MOST_PAIRS = 100
"""Pairs in one table; all of 14 variants fit."""
MOST_EXPLORATORY = 40
"""Pairs in a table of a score that is not the primary one, where not all fit."""
MOST_OPENED = 6
"""Variants whose confusions and classes are shown, where a study has more than `MOST_POINTS`."""

FEWEST_TO_FILTER = 10
"""Variants from which a page has a filter for them."""


def first_by(items: Sequence[Item], rank: Callable[[Item], Any], most: int) -> list[Item]:
    """Those of the lowest rank, in the order in which they stand.

    Example:
        >>> first_by([3, 1, 2, 1], lambda number: number, 3)
        [1, 2, 1]
    """
    order = sorted(range(len(items)), key=lambda number: rank(items[number]))
    kept = set(order[:most])
    return [item for number, item in enumerate(items) if number in kept]


def most_telling(verdict: Verdict, most: int) -> set[str]:
    """The recommended variant or the best on val, the control, a flat one, then those of the highest score.

    Args:
        verdict: Whose variants.
        most: How many at most.
    """
    favoured = verdict.recommendation and verdict.recommendation.favoured
    first = [favoured, verdict.control, *(row.second for row in verdict.over_flat[:1])]
    score = (charted_scores(verdict.score_names) or list(verdict.score_names))[-1]

    def rank(standing: Standing) -> tuple[int, float]:
        place = first.index(standing.variant) if standing.variant in first else len(first)
        interval = standing.scores.get(score)
        return place, -interval.estimate if interval else 0.0

    return {standing.variant for standing in first_by(verdict.standings, rank, most)}


def most_telling_pairs(verdict: Verdict, pairs: Sequence[Comparison]) -> list[Comparison]:
    """Those with the control or the recommended variant, then those of the smallest p; in their order."""
    if len(pairs) <= MOST_PAIRS:
        return list(pairs)
    first = most_telling(verdict, 2)
    is_primary = pairs[0].score == verdict.primary and pairs[0].decoding == "independent"
    most = MOST_PAIRS if is_primary else MOST_EXPLORATORY
    return first_by(
        pairs, lambda pair: (not first & {pair.first, pair.second}, known_p(pair.interval.p)), most
    )


def known_p(p: float | None) -> float:
    """A p-value to rank by; what has none comes last."""
    return 1.0 if p is None else p
