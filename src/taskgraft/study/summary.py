"""A study's runs, summed up: means and spread over seeds, and differences from the control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, stdev

import numpy as np
import numpy.typing as npt

from taskgraft.architecture.catalogue import CONTROL
from taskgraft.statistics.paired import Interval, paired_interval
from taskgraft.study.records import Request, RunCost, RunRecord
from taskgraft.study.run import read_predictions, run_directory


@dataclass(frozen=True)
class Spread:
    """A score over seeds: its mean, and its standard deviation, which one seed does not have."""

    mean: float
    std: float | None


@dataclass(frozen=True)
class ArchitectureSummary:
    """One architecture over its finished seeds; every score from 0 to 1, on the test split.

    Attributes:
        architecture: Its name.
        seeds: The finished seeds.
        accuracies: Of each level.
        consistencies: Of each pair of adjacent levels, `coarser>finer`.
        summed_accuracies: The free baseline of each level but the finest.
        cost: Of one run: the median seconds over seeds, the largest memory.
    """

    architecture: str
    seeds: tuple[int, ...]
    accuracies: dict[str, Spread]
    consistencies: dict[str, Spread]
    summed_accuracies: dict[str, Spread]
    cost: RunCost


@dataclass(frozen=True)
class Difference:
    """How one architecture's accuracy at one level differs from the control's."""

    architecture: str
    level: str
    interval: Interval


def summarise(request: Request, runs: Sequence[RunRecord]) -> list[ArchitectureSummary]:
    """One summary per architecture that has finished runs, in the order of the request."""
    groups = {a.name: [run for run in runs if run.architecture == a.name] for a in request.architectures}
    return [_summary(name, group) for name, group in groups.items() if group]


def differences_from_control(
    directory: Path, request: Request, runs: Sequence[RunRecord]
) -> list[Difference]:
    """Accuracy of each architecture less the control's, at every level, over the seeds both have.

    Empty when the study does not hold the control.
    """
    seeds: dict[str, list[int]] = {}
    for run in runs:
        seeds.setdefault(run.architecture, []).append(run.seed)
    found = []
    for name, own_seeds in seeds.items():
        shared = [seed for seed in own_seeds if seed in seeds.get(CONTROL, [])]
        if name == CONTROL or not shared:
            continue
        for level in request.levels:
            own, control = (_correct(directory, who, shared, level) for who in (name, CONTROL))
            found.append(Difference(name, level, paired_interval(own - control)))
    return found


def _correct(directory: Path, name: str, seeds: Sequence[int], level: str) -> npt.NDArray[np.float64]:
    """Whether each seed's run got each test image right at a level: shape (S, N)."""
    rows = []
    for seed in seeds:
        arrays = read_predictions(run_directory(directory, name, seed))
        preds = np.argmax(arrays[f"test.logits.{level}"], axis=1)
        rows.append(preds == arrays[f"test.targets.{level}"])
    return np.stack(rows).astype(np.float64)


def _summary(name: str, runs: Sequence[RunRecord]) -> ArchitectureSummary:
    costs = [run.cost for run in runs]
    cost = costs[0].model_copy(
        update={
            "train_seconds": median(c.train_seconds for c in costs),
            "train_pflop": fmean(c.train_pflop for c in costs),
            "peak_memory_bytes": max(c.peak_memory_bytes for c in costs),
        }
    )
    return ArchitectureSummary(
        architecture=name,
        seeds=tuple(run.seed for run in runs),
        accuracies=_spreads([run.scores.accuracies for run in runs]),
        consistencies=_spreads([run.scores.consistencies for run in runs]),
        summed_accuracies=_spreads([run.scores.summed_accuracies for run in runs]),
        cost=cost,
    )


def _spreads(scores: Sequence[Mapping[str, float]]) -> dict[str, Spread]:
    columns = {name: [row[name] for row in scores] for name in scores[0]}
    return {
        name: Spread(fmean(values), stdev(values) if len(values) > 1 else None)
        for name, values in columns.items()
    }
