"""How far probabilities can be trusted, before and after a temperature: one variant over its seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from taskgraft.scores import bins_of
from taskgraft.study import Spread
from taskgraft.verdict._prediction_records import Bin, Calibration
from taskgraft.verdict._run_reading import LevelCalibration, RunReading

_MEASURES = ("nll", "brier", "ece")


def calibrations_of(variant: str, runs: Sequence[RunReading]) -> tuple[Calibration, ...]:
    """At every level that has labels on both splits: temperatures fitted on val, figures of test."""
    return tuple(
        _calibration(variant, level, [run.calibrations[level] for run in runs])
        for level in runs[0].calibrations
        if all(level in run.calibrations for run in runs)
    )


def _calibration(variant: str, level: str, runs: Sequence[LevelCalibration]) -> Calibration:
    bins = bins_of(
        np.concatenate([run.confidences for run in runs]), np.concatenate([run.is_right for run in runs])
    )
    return Calibration(
        variant,
        level,
        Spread.of([run.temperature for run in runs]),
        _spreads([run.raw for run in runs]),
        _spreads([run.cooled for run in runs]),
        tuple(
            Bin(float(share), float(confidence), float(right))
            for share, confidence, right in zip(bins.shares, bins.confidences, bins.accuracies, strict=True)
        ),
    )


def _spreads(rows: Sequence[tuple[float, ...]]) -> dict[str, Spread]:
    return {name: Spread.of(column) for name, column in zip(_MEASURES, zip(*rows, strict=True), strict=True)}
