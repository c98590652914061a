"""One pass over the predictions of one run: all that a verdict and its report need, without the logits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.errors import StudyError
from taskgraft.scores import ProbFacts, bins_of, fit_temperature, measure, prob_facts, probs_of
from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.verdict._copied_images import accuracies_without
from taskgraft.verdict._decoded_run import DecodedRun, Split, decode_run
from taskgraft.verdict._sample import FloatArray, Logits, Sample, samples_of
from taskgraft.verdict._selective import RunRule, rules_of_run

# How often each class was taken for each: images by (true, predicted).
Cells = Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class LevelCalibration:
    """How far the probabilities of one level of one run can be trusted.

    Attributes:
        temperature: Fitted on the val split.
        raw: Negative log-likelihood, Brier score and calibration error of the test split.
        cooled: The same after division of the logits by the temperature.
        confidences: Largest probability of each labelled test image: shape (n,).
        is_right: Whether its class is the true one: shape (n,).
    """

    temperature: float
    raw: tuple[float, ...]
    cooled: tuple[float, ...]
    confidences: FloatArray
    is_right: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RunReading:
    """What one run's predictions say.

    Attributes:
        samples: Every score of the test split.
        decoded: Accuracies under each decoding; None for a single level, and without a tree.
        calibrations: By level; without those that have no label on val or on test.
        rules: Answers that stop where they are unsure, by rule; none for a single level, and without a tree.
        confusions: By level, of the labelled test images.
        answers: Predicted classes of the gallery's images, shape (G, L).
        confidences: Of the gallery's images the confidence in the leaf or, without a tree, the mean over
            levels: shape (G,).
        without_copies: Every accuracy of the test images that are not in train or val, too.
    """

    samples: Mapping[str, Sample]
    decoded: DecodedRun | None
    calibrations: Mapping[str, LevelCalibration]
    rules: Mapping[str | None, RunRule]
    confusions: Mapping[str, Cells]
    answers: IntArray
    confidences: FloatArray
    without_copies: Mapping[str, float]


def read_run(
    name: str,
    val: Split,
    test: Split,
    taxonomy: Taxonomy,
    weights: Mapping[str, FloatArray],
    positions: IntArray,
    copies: IntArray,
) -> RunReading:
    """Derives everything from the logits of one run.

    Args:
        name: Of the run, for errors.
        val: Logits, one array (N, K) a level, and targets (N, L), -1 where there is no label.
        test: The same of the test split.
        taxonomy: The levels.
        weights: Of the images of `test` and of `val` in each resampling: shape (R, N).
        positions: Of the gallery's images in the test split: shape (G,).
        copies: Positions of test images that are in train or val, too.

    Raises:
        StudyError: If a logit is not finite.
    """
    logits, targets = test
    _check_finite(name, logits, taxonomy)
    has_paths = taxonomy.num_levels > 1 and taxonomy.is_tree
    preds = np.stack([level.argmax(axis=1) for level in logits], axis=1)
    calibrations = _calibrations(val, test, taxonomy)
    temperatures = {level: calibration.temperature for level, calibration in calibrations.items()}
    return RunReading(
        samples_of(measure(logits, targets, taxonomy), weights["test"]),
        decode_run(test, val, taxonomy, weights, temperatures) if has_paths else None,
        calibrations,
        rules_of_run(val, test, taxonomy, temperatures) if has_paths else {},
        {level: _cells(preds[:, i], targets[:, i]) for i, level in enumerate(taxonomy.level_names)},
        preds[positions],
        _confidences([level[positions] for level in logits], taxonomy),
        accuracies_without(preds, targets, copies, taxonomy.level_names) if len(copies) else {},
    )


def _check_finite(name: str, logits: Logits, taxonomy: Taxonomy) -> None:
    for level_name, level in zip(taxonomy.level_names, logits, strict=True):
        if not np.isfinite(level).all():
            raise StudyError.expected(
                f"every logit of level {level_name!r} of {name}",
                "a finite number",
                level[~np.isfinite(level)][0],
                "Delete the run's directory and train it again.",
            )


def _calibrations(val: Split, test: Split, taxonomy: Taxonomy) -> dict[str, LevelCalibration]:
    calibrations = {}
    for i, name in enumerate(taxonomy.level_names):
        (val_logits, val_targets), (logits, targets) = (
            (logits[i], targets[:, i]) for logits, targets in (val, test)
        )
        if not ((val_targets >= 0).any() and (targets >= 0).any()):
            continue
        is_labelled = targets >= 0
        temperature = fit_temperature(val_logits, val_targets)
        raw, cooled = (
            prob_facts(logits[is_labelled], targets[is_labelled], each) for each in (1.0, temperature)
        )
        calibrations[name] = LevelCalibration(
            temperature, _figures(raw), _figures(cooled), raw.confidences, raw.is_right
        )
    return calibrations


def _figures(facts: ProbFacts) -> tuple[float, ...]:
    """Negative log-likelihood, Brier score and calibration error."""
    bins = bins_of(facts.confidences, facts.is_right)
    gap = float(np.sum(bins.shares * np.abs(bins.accuracies - bins.confidences)))
    return float(np.mean(facts.nlls)), float(np.mean(facts.briers)), gap


def _cells(preds: IntArray, targets: IntArray) -> dict[tuple[int, int], int]:
    is_labelled = targets >= 0
    pairs = np.stack([targets[is_labelled], preds[is_labelled]], axis=1)
    cells, counts = np.unique(pairs, axis=0, return_counts=True)
    return {(true, pred): count for (true, pred), count in zip(cells.tolist(), counts.tolist(), strict=True)}


def _confidences(logits: Logits, taxonomy: Taxonomy) -> FloatArray:
    shown = logits[-1:] if taxonomy.is_tree else logits
    confidences: FloatArray = np.mean([probs_of(level).max(axis=1) for level in shown], axis=0)
    return confidences
