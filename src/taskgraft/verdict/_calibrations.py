"""How far the probabilities can be taken at their word, before and after a temperature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from taskgraft.scores import (
    brier,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    probs_of,
    reliability_bins,
)
from taskgraft.study import Spread
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._evidence import Evidence, read_logits
from taskgraft.verdict._records import Bin, Calibration

_MEASURES = ("nll", "brier", "ece")


def calibrate(evidence: Evidence) -> tuple[Calibration, ...]:
    """Every architecture at every level with labels on both: temperatures fitted on val, figures of test."""
    found = []
    for name in evidence.names:
        runs = [
            (*read_logits(evidence.study, run, "val"), *read_logits(evidence.study, run, "test"))
            for run in evidence.runs(name)
        ]
        for i, level in enumerate(evidence.study.taxonomy.level_names):
            if not all((split[:, i] >= 0).any() for _, val, _, test in runs for split in (val, test)):
                continue
            temperatures = [fit_temperature(val[i], targets[:, i]) for val, targets, _, _ in runs]
            tests = [(test[i], targets[:, i]) for _, _, test, targets in runs]
            raw = [_figures(logits, targets) for logits, targets in tests]
            cooled = [
                _figures(logits / temperature, targets)
                for temperature, (logits, targets) in zip(temperatures, tests, strict=True)
            ]
            found.append(
                Calibration(
                    name, level, Spread.of(temperatures), _spreads(raw), _spreads(cooled), _bins(tests)
                )
            )
    return tuple(found)


def _figures(logits: npt.NDArray[np.floating], targets: IntArray) -> tuple[float, ...]:
    """Negative log-likelihood, Brier score and calibration error, in the order of `_MEASURES`."""
    probs = probs_of(logits)
    return (
        negative_log_likelihood(logits, targets),
        brier(probs, targets),
        expected_calibration_error(probs, targets),
    )


def _spreads(rows: Sequence[tuple[float, ...]]) -> dict[str, Spread]:
    return {name: Spread.of(column) for name, column in zip(_MEASURES, zip(*rows, strict=True), strict=True)}


def _bins(tests: Sequence[tuple[npt.NDArray[np.floating], IntArray]]) -> tuple[Bin, ...]:
    probs = np.concatenate([probs_of(logits) for logits, _ in tests])
    bins = reliability_bins(probs, np.concatenate([targets for _, targets in tests]))
    return tuple(
        Bin(float(share), float(confidence), float(right))
        for share, confidence, right in zip(bins.shares, bins.confidences, bins.accuracies, strict=True)
    )
