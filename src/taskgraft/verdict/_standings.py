"""The leaderboard: every variant's scores with their intervals, and what it costs."""

from __future__ import annotations

from collections import Counter

import numpy as np

from taskgraft.statistics import Interval, pareto_front, relative_gain
from taskgraft.study import Spread, summarise
from taskgraft.verdict._evidence import Evidence, Values
from taskgraft.verdict._records import Standing
from taskgraft.verdict._sample import FloatArray


def standings_of(evidence: Evidence, control: str | None, score: str) -> tuple[Standing, ...]:
    """One row a variant.

    Args:
        evidence: The runs.
        control: The variant that gains are relative to.
        score: The one whose front against MACs is drawn.
    """
    inference = evidence.study.inference()
    runs = [run for name in evidence.names for run in evidence.runs(name)]
    rows = summarise(evidence.study.record.request, runs)
    failed = Counter(failure.variant for failure in evidence.study.failures)
    plain = [evidence.interval(score, row.variant).estimate for row in rows]
    front = pareto_front(plain, [row.cost.macs for row in rows])
    return tuple(
        Standing(
            variant=row.variant,
            seeds=row.seeds,
            scores={name: evidence.interval(name, row.variant) for name in evidence.score_names},
            spreads={name: _spread(evidence, row.variant, name) for name in evidence.score_names},
            gain=_gain(evidence, row.variant, control),
            cost=row.cost,
            inference=inference.get(row.variant),
            is_on_front=bool(is_on_front),
            num_failed=failed[row.variant],
        )
        for row, is_on_front in zip(rows, front, strict=True)
    )


def _spread(evidence: Evidence, name: str, score: str) -> Spread:
    return Spread.of([evidence.sample(name, seed, score).value for seed in evidence.seeds(name)])


def _gain(evidence: Evidence, name: str, control: str | None) -> Interval | None:
    """Delta-m over the control's accuracies; None where the control got nothing right to be relative to."""
    if control is None or name == control or not evidence.seeds(name, control):
        return None
    scores = [score for score in evidence.score_names if score.startswith("accuracy.")]
    controls = [evidence.sample(control, seed, score) for seed in evidence.seeds(control) for score in scores]
    if min(sample.draws.min() for sample in controls) <= 0:
        return None

    def gain(of: Values) -> FloatArray:
        of_both = (np.stack([of(who, score) for score in scores], axis=-1) for who in (name, control))
        return relative_gain(*of_both)

    # A gain of shares is one over the control's: no gain and no loss is larger than all of it.
    most = float(np.mean([1 / evidence.interval(score, control).estimate for score in scores]))
    bounds = evidence.bounds((-most, most), (name, control), scores)
    return evidence.derived((name, control), gain, bounds=bounds)
