"""The questions of the page, in their order, answered by a verdict: Holm corrects all answers to one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.methods.pieces import Piece
from benchmarks.methods.records import Answer, Estimate, Said
from benchmarks.methods.variants import SHARED
from taskgraft.statistics import Interval, holm_over
from taskgraft.verdict import Comparison, Verdict

SIGNIFICANCE = 0.05
# A difference that nobody would pay for: one point.
MARGIN = 0.01
PLAIN, JOINT = "independent", "joint"

Pair = tuple[str, str]


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        name: In the records.
        words: On the page.
        decoding: How the logits of both are turned into paths; None where each is decoded as val favours.
    """

    name: str
    words: str
    decoding: str | None


TUNED_WEIGHTS = Question("tuned-weights", "Better than fixed weights that were tuned?", PLAIN)
TUNED_JOINTLY = Question("tuned-weights-jointly", "The same, decoded jointly?", JOINT)
OVER_FLAT = Question("flat", "Better than one network for the finest level alone?", None)
TWINS = Question("twin", "Better than its twin of equal cost?", PLAIN)
QUESTIONS = (TUNED_WEIGHTS, TUNED_JOINTLY, OVER_FLAT, TWINS)


def answers(piece: Piece, verdict: Verdict) -> dict[str, tuple[Answer, ...]]:
    """Every question that the data can answer, with its answer for each method that it is about.

    Args:
        piece: The methods.
        verdict: Of their study.
    """
    judged = [method for method in piece.methods if method.is_judged]
    over_tuned = [(method.name, SHARED) for method in judged if method.name != SHARED]
    twins = [(method.name, method.twin) for method in judged if method.twin]
    along_tree = {
        TUNED_JOINTLY.name: _paired(verdict, over_tuned, JOINT),
        OVER_FLAT.name: _over_flat(verdict),
    }
    return {
        TUNED_WEIGHTS.name: _paired(verdict, over_tuned, PLAIN),
        **(along_tree if piece.is_nested else {}),
        TWINS.name: _paired(verdict, twins, PLAIN),
    }


def said(interval: Interval, adjusted_p: float | None) -> Said:
    """What may be said of a difference.

    Example:
        >>> said(Interval(0.02, 0.01, 0.03, 5), 0.01), said(Interval(0.001, -0.004, 0.006, 5), 0.7)
        ('better', 'alike')
        >>> said(Interval(0.02, 0.001, 0.04, 5), 0.2), said(Interval(0.02, 0.01, 0.03, 1), None)
        ('undecided', 'undecided')
    """
    if adjusted_p is not None and adjusted_p < SIGNIFICANCE:
        return "better" if interval.estimate > 0 else "worse"
    is_within = max(abs(interval.low), abs(interval.high)) < MARGIN
    return "alike" if is_within and interval.num_seeds > 1 else "undecided"


def estimate(interval: Interval) -> Estimate:
    """An interval as it is kept; digits beyond the sixth say nothing."""
    return Estimate(
        value=round(interval.estimate, 6), low=round(interval.low, 6), high=round(interval.high, 6)
    )


def _paired(verdict: Verdict, pairs: Sequence[Pair], decoding: str) -> tuple[Answer, ...]:
    """The pairs that the verdict has, in the primary score; corrected over these and no others."""
    listed = verdict.comparisons if decoding == PLAIN else verdict.decoded_comparisons
    by_pair = _by_pair(one for one in listed if (one.score, one.decoding) == (verdict.primary, decoding))
    differences = [by_pair[pair] for pair in pairs if pair in by_pair]
    return tuple(
        _answer(one.first, one.second, (decoding, decoding), one.interval, p)
        for one, p in zip(differences, holm_over([one.interval for one in differences]), strict=True)
    )


def _by_pair(comparisons: Iterable[Comparison]) -> dict[Pair, Comparison]:
    return {(each.first, each.second): each for one in comparisons for each in (one, one.turned)}


def _over_flat(verdict: Verdict) -> tuple[Answer, ...]:
    """As the verdict answers it, with its correction over all variants."""
    return tuple(
        _answer(row.first, row.second, row.decodings, row.interval, row.adjusted_p)
        for row in verdict.over_flat
        if row.score == verdict.primary
    )


def _answer(first: str, second: str, decodings: Pair, interval: Interval, p: float | None) -> Answer:
    return Answer(
        name=first,
        rival=second,
        decodings=decodings,
        difference=estimate(interval),
        adjusted_p=None if p is None else float(f"{p:.3g}"),
        said=said(interval, p),
    )
