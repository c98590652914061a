"""A study's runs, summed up: means and spread over seeds, and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev
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
        return cls(fmean(values), stdev(values) if len(values) > 1 else None)


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
