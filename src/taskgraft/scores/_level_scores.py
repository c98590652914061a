"""The scores of a level by itself."""

from __future__ import annotations

import numpy as np

from taskgraft.scores._calibration import NUM_BINS, equal_mass_bins
from taskgraft.scores._images import LevelImages
from taskgraft.scores._measurement import Additive, mean, mean_ratio, share
from taskgraft.scores._order import top_classes
from taskgraft.scores._score import LevelScore

_TOP = 5


def _top_accuracy(level: LevelImages) -> Additive | None:
    if level.num_classes <= _TOP:
        return None
    return share((top_classes(level.logits, _TOP) == level.targets[:, None]).any(axis=1))


def _macro_f1(level: LevelImages) -> Additive:
    return mean_ratio(2 * (level.is_pred * level.is_true), level.is_pred + level.is_true)


def _calibration_error(level: LevelImages) -> Additive:
    """The bins are those of the whole sample, whatever the weights: other bins are no sum over images."""
    # A bin's share times its gap is one mean over all images, in which those of other bins count as 0.
    gaps = np.zeros((len(level.targets), NUM_BINS))
    confidences, is_right = level.facts.confidences, level.facts.is_right
    gaps[np.arange(len(gaps)), equal_mass_bins(confidences)] = confidences - is_right
    return Additive(gaps, lambda means: np.abs(means).sum(axis=-1))


LEVEL_SCORES: tuple[LevelScore, ...] = (
    LevelScore(
        "accuracy",
        "{} accuracy",
        "Share of images whose class at this level is predicted right, from the level's own branch.",
        "%",
        True,
        lambda level: share(level.preds == level.targets),
    ),
    LevelScore(
        "top5_accuracy",
        "{} top-5 accuracy",
        "Share of images whose class is among the five most probable; of levels with more than five classes.",
        "%",
        True,
        _top_accuracy,
    ),
    LevelScore(
        "balanced_accuracy",
        "{} balanced accuracy",
        "Mean over classes of the share of their images that is right: rare classes count as much as others.",
        "%",
        True,
        lambda level: mean_ratio(level.is_pred * level.is_true, level.is_true),
    ),
    LevelScore(
        "macro_f1",
        "{} macro F1",
        "Mean over classes of F1 = 2 right / (predicted + true).",
        "%",
        True,
        _macro_f1,
    ),
    LevelScore(
        "nll",
        "{} NLL",
        "Mean negative logarithm of the probability of the true class.",
        "nats",
        False,
        lambda level: mean(level.facts.nlls),
    ),
    LevelScore(
        "brier",
        "{} Brier score",
        "Mean squared distance of the probabilities from the truth, summed over classes: from 0 to 2.",
        "",
        False,
        lambda level: mean(level.facts.briers),
    ),
    LevelScore(
        "ece",
        "{} calibration error",
        f"Distance between confidence and accuracy, mean over {NUM_BINS} bins of equally many images.",
        "%",
        False,
        _calibration_error,
    ),
)
"""In the order of the tables.

Sources: balanced accuracy and macro F1 as scikit-learn defines them; Brier (1950), "Verification of forecasts
expressed in terms of probability"; for the calibration error see `expected_calibration_error`.
"""
