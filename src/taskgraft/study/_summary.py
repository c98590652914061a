"""A study's runs, summed up: means and spread over seeds, and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from statistics import fmean, median
from typing import Self

from taskgraft.study._records import Request
from taskgraft.study._run_records import RunCost, RunRecord


@dataclass(frozen=True)
class Spread:
    """A score over seeds: its mean, and its standard deviation, which one seed does not have."""

    mean: float
    std: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """The spread of at least one value.

        Example:
            >>> Spread.of([1.0, 3.0]), Spread.of([2.0])
            (Spread(mean=2.0, std=1.4142135623730951), Spread(mean=2.0, std=None))
        """
        return cls(fmean(values), _deviation(values) if len(values) > 1 else None)


# Of the root, so that nothing but its last rounding is left to the quotient: two more than twice a float has.
_ROOT_BITS = 109


def _deviation(values: Sequence[float]) -> float:
    """What `statistics.stdev` gives, to the last bit: exact up to one rounding, but in integers.

    Fractions take three times as long, and a report of many variants has thousands of them.
    """
    ratios = [float(value).as_integer_ratio() for value in values]
    # Denominators of floats are powers of two, so the largest is one of all.
    unit = max(denominator for _, denominator in ratios)
    integers = [numerator * (unit // denominator) for numerator, denominator in ratios]
    count = len(integers)
    above = count * sum(each * each for each in integers) - sum(integers) ** 2
    return _root(above, count * (count - 1) * unit * unit)


def _root(above: int, below: int) -> float:
    """The square root of a quotient, rounded once: its first bits, and whether more follow."""
    shift = (above.bit_length() - below.bit_length() - _ROOT_BITS) // 2
    if shift >= 0:
        return float(_odd_root(above, below << 2 * shift) << shift)
    return _odd_root(above << -2 * shift, below) / (1 << -shift)


def _odd_root(above: int, below: int) -> int:
    """The root as an integer, made odd where something is left: it then lies on no border of rounding."""
    root = isqrt(above // below)
    return root | (root * root * below != above)


@dataclass(frozen=True)
class VariantSummary:
    """One variant over its finished seeds.

    Attributes:
        variant: Its name.
        seeds: The finished seeds.
        scores: Every score on the test split, by name.
        cost: Of one run: the median seconds over seeds, the largest memory.
    """

    variant: str
    seeds: tuple[int, ...]
    scores: dict[str, Spread]
    cost: RunCost


def summarise(request: Request, runs: Sequence[RunRecord]) -> list[VariantSummary]:
    """One summary per variant that has finished runs, in the order of the request."""
    groups = {name: [run for run in runs if run.variant == name] for name in request.names}
    return [_summary(name, group) for name, group in groups.items() if group]


def _summary(name: str, runs: Sequence[RunRecord]) -> VariantSummary:
    costs = [run.cost for run in runs]
    cost = costs[0].model_copy(
        update={
            "train_seconds": median(c.train_seconds for c in costs),
            "train_pflop": fmean(c.train_pflop for c in costs),
            "peak_memory_bytes": max(c.peak_memory_bytes for c in costs),
        }
    )
    # A run that another version wrote may have other scores; what all have is summed up.
    shared = [score for score in runs[0].scores if all(score in run.scores for run in runs)]
    scores = {score: Spread.of([run.scores[score] for run in runs]) for score in shared}
    return VariantSummary(name, tuple(run.seed for run in runs), scores, cost)
