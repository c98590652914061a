"""What each variant loses against each other one at the primary score, and what more seeds would show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from taskgraft.statistics import (
    Bounds,
    Interval,
    Outlook,
    VarianceParts,
    contrast_interval,
    holm_over,
    outlook,
)
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._records import is_significant
from taskgraft.verdict._sample import FloatArray


@dataclass(frozen=True)
class Loss:
    """What one variant loses against another.

    Attributes:
        rival: The other.
        interval: The score of the other less that of the one.
        outlook: What more seeds would make of its upper end.
        is_detected: Whether it may be claimed, after Holm's correction over all pairs.
        parts: Of the variance of the difference.
    """

    rival: str
    interval: Interval
    outlook: Outlook
    is_detected: bool
    parts: VarianceParts


@dataclass(frozen=True)
class Scored:
    """Variants at the primary score, over the seeds that all of them have.

    Attributes:
        evidence: The runs.
        score: The primary one.
        seeds: That all of the variants have, one or more.
        decodings: Of each variant.
    """

    evidence: Evidence
    score: str
    seeds: tuple[int, ...]
    decodings: Mapping[str, str]

    def of(self, name: str) -> Interval:
        """The score of one."""
        values, draws = self._arrays(name)
        bounds, partitions = self._bounds((0.0, 1.0), (name,)), self.evidence.partitions(self.seeds)
        return contrast_interval(values, draws, bounds=bounds, partitions=partitions)

    def losses(self, names: Sequence[str], margin: float) -> dict[str, list[Loss]]:
        """By variant, its losses against all others.

        Args:
            names: The variants.
            margin: What the upper end of a loss has to be below.
        """
        pairs = list(combinations(names, 2))
        intervals = [self._difference(*pair) for pair in pairs]
        losses: dict[str, list[Loss]] = {name: [] for name in names}
        for pair, (interval, parts), p in zip(
            pairs, intervals, holm_over([i for i, _ in intervals]), strict=True
        ):
            for name, rival, loss in ((*pair[::-1], interval), (*pair, interval.turned)):
                seen = self._outlook((name, rival), loss.estimate, parts, margin)
                losses[name].append(Loss(rival, loss, seen, is_significant(p) and loss.estimate > 0, parts))
        return losses

    def _difference(self, first: str, second: str) -> tuple[Interval, VarianceParts]:
        """The first less the second, and the parts of its variance."""
        (values, draws), (others, other_draws) = self._arrays(first), self._arrays(second)
        differences = values - others, draws - other_draws
        bounds = self._bounds((-1.0, 1.0), (first, second))
        partitions = self.evidence.partitions(self.seeds)
        interval = contrast_interval(
            *differences, bounds=bounds, looks=self.evidence.looks, partitions=partitions
        )
        return interval, VarianceParts.of(*differences, partitions)

    def _outlook(
        self, names: tuple[str, str], estimate: float, parts: VarianceParts, margin: float
    ) -> Outlook:
        # One seed says nothing of what stays: how many would show one that is as good?
        num_seeds = len(self.seeds)
        estimate = estimate if num_seeds > 1 else 0.0
        looks = self.evidence.looks
        bounds = self._bounds((-1.0, 1.0), names)
        return outlook(
            estimate,
            parts,
            margin,
            at_least=num_seeds,
            bounds=bounds,
            # By then this look has been taken, whether it is written down yet or not.
            looks=looks and looks.looked_at(num_seeds),
            most_units=self.evidence.study.record.request.resplits,
        )

    def _arrays(self, name: str) -> tuple[FloatArray, FloatArray]:
        return self.evidence.arrays(name, self.seeds, self.score, self.decodings[name])

    def _bounds(self, ends: tuple[float, float], names: tuple[str, ...]) -> Bounds:
        return self.evidence.bounds(ends, names, [self.score], self.decodings)
