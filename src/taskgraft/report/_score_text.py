"""Scores and their differences as a reader sees them: rounded, in the score's own unit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from taskgraft.scores import about, kind_of
from taskgraft.statistics import Interval
from taskgraft.study import Spread
from taskgraft.verdict import MINUS, points

FULL_PATH = "full_path_accuracy"
_CONSISTENCY = "consistency."
_MAIN = ("accuracy.", FULL_PATH, _CONSISTENCY, "mistake_severity")
_MOST_LEVELS = 4


def main_scores(names: Iterable[str]) -> list[str]:
    """The scores that are shown first: accuracies, consistency and the severity of mistakes.

    Of many levels without the consistencies, which would stand between the accuracies and the full path.
    """
    held = list(names)
    return [
        name
        for name in held
        if name.startswith(_MAIN) and not (name.startswith(_CONSISTENCY) and has_many_levels(held))
    ]


def has_many_levels(names: Iterable[str]) -> bool:
    """Whether there are so many levels that not everything between them can be shown at once."""
    return sum(name.startswith("accuracy.") for name in names) > _MOST_LEVELS


def charted_scores(names: Iterable[str]) -> list[str]:
    """The scores that are drawn: the accuracy of each level and of the full path."""
    return [name for name in names if name.startswith("accuracy.") or name == FULL_PATH]


def score_meanings(names: Iterable[str]) -> list[tuple[str, str]]:
    """What each kind of score says: its label without a subject, and its meaning.

    Example:
        >>> [label for label, _ in score_meanings(["accuracy.a", "accuracy.b", "consistency.a>b", "nll.a"])]
        ['accuracy', 'consistency', 'NLL']
    """
    kinds = dict.fromkeys(kind_of(name) for name in names)
    return [(score.kind_label, score.meaning) for score in kinds]


def scale(score: str) -> float:
    """What a score is multiplied by to be shown: shares are shown in per cent."""
    return 100.0 if about(score).unit == "%" else 1.0


def label(score: str) -> str:
    """A score's name, with its unit where it has one."""
    return with_unit(about(score).label, about(score).unit)


def difference_label(score: str) -> str:
    """What a difference of a score is, with its unit."""
    return with_unit(f"difference in {about(score).label}", difference_unit(score))


def difference_unit(score: str) -> str:
    """The unit of a difference: percentage points for shares."""
    unit = about(score).unit
    return "points" if unit == "%" else unit


def with_unit(name: str, unit: str) -> str:
    """A quantity's name with its unit, after a comma.

    Example:
        >>> with_unit("accuracy", "%"), with_unit("Brier score", "")
        ('accuracy, %', 'Brier score')
    """
    return f"{name}, {unit}" if unit else name


def shown(score: str, value: float) -> str:
    """A score: one decimal in per cent, else three figures or so.

    Example:
        >>> shown("accuracy.leaf", 0.5234), shown("nll.leaf", 1.2345)
        ('52.3', '1.23')
    """
    if scale(score) == 100:
        return f"{100 * value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def interval_text(score: str, interval: Interval) -> str:
    """The two ends of a score's interval.

    Example:
        >>> interval_text("accuracy.leaf", Interval(0.52, 0.511, 0.533, num_seeds=3))
        '51.1–53.3'
    """
    possible = possible_part(score, interval)
    return f"{shown(score, possible.low)}–{shown(score, possible.high)}"


def possible_part(score: str, interval: Interval) -> Interval:
    """An interval without the values a score cannot have: none is below 0, and no share above 1.

    With two seeds an interval reaches far beyond them; what is cut off could not have been the truth.

    Example:
        >>> part = possible_part("accuracy.leaf", Interval(0.9, 0.7, 1.1, num_seeds=2))
        >>> part.low, part.high
        (0.7, 1.0)
    """
    highest = 1.0 if about(score).unit == "%" else math.inf
    return replace(interval, low=max(interval.low, 0.0), high=min(interval.high, highest))


def spread_text(score: str, spread: Spread) -> str:
    """A score's mean, with one standard deviation over seeds where there is one.

    Example:
        >>> spread_text("accuracy.leaf", Spread(0.5234, 0.0041))
        '52.3 ± 0.4'
    """
    mean = shown(score, spread.mean)
    if spread.std is None:
        return mean
    decimals = len(mean.partition(".")[2])
    return f"{mean} ± {scale(score) * spread.std:.{decimals}f}"


def difference_text(score: str, value: float) -> str:
    """A difference of two scores, signed.

    Example:
        >>> difference_text("accuracy.leaf", 0.018), difference_text("nll.leaf", -0.0312)
        ('+1.8', '−0.031')
    """
    if scale(score) == 100:
        return points(value)
    return "0.000" if abs(value) < 0.0005 else f"{value:+.3f}".replace("-", MINUS)


def span_text(score: str, interval: Interval) -> str:
    """The two ends of a difference's interval.

    Example:
        >>> span_text("accuracy.leaf", Interval(0.018, 0.012, 0.024, num_seeds=3))
        '+1.2 to +2.4'
    """
    return f"{difference_text(score, interval.low)} to {difference_text(score, interval.high)}"


def difference_words(score: str, interval: Interval) -> str:
    """A difference with its unit and its interval.

    Example:
        >>> difference_words("accuracy.leaf", Interval(0.018, 0.012, 0.024, num_seeds=3))
        '+1.8 points (95 % interval +1.2 to +2.4)'
    """
    amount = f"{difference_text(score, interval.estimate)} {difference_unit(score)}".rstrip()
    return f"{amount} (95 % interval {span_text(score, interval)})"
