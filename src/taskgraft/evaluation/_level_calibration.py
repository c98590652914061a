"""How far the probabilities of each level can be trusted on some images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.evaluation._evaluation import LevelCalibration
from taskgraft.evaluation._image_answers import Floats, ImageAnswers
from taskgraft.inference import Model
from taskgraft.scores import bins_of
from taskgraft.taxonomy import IntArray
from taskgraft.verdict import Bin


def calibrations_of(model: Model, answers: ImageAnswers, targets: IntArray) -> dict[str, LevelCalibration]:
    """By level that has labels, its calibration before and after its temperature.

    Args:
        model: Whose temperatures.
        answers: To N images.
        targets: Their classes, shape (N, L); -1 where not known.
    """
    temperatures = model.description.temperatures or {}
    calibrations = {}
    for i, name in enumerate(model.taxonomy.level_names):
        chosen = targets[:, i] >= 0
        if not chosen.any():
            continue
        is_right = answers.head_preds[chosen, i] == targets[chosen, i]
        bins, raw_bins = (
            _bins(confidences[chosen, i], is_right)
            for confidences in (answers.confidences, answers.raw_confidences)
        )
        calibrations[name] = LevelCalibration(
            temperature=temperatures.get(name) or 1.0,
            nll=float(answers.nlls[chosen, i].mean()),
            brier=float(answers.briers[chosen, i].mean()),
            ece=_error(bins),
            bins=bins,
            raw_ece=_error(raw_bins),
            raw_bins=raw_bins,
        )
    return calibrations


def _bins(confidences: Floats, is_right: npt.NDArray[np.bool_]) -> tuple[Bin, ...]:
    bins = bins_of(confidences, is_right)
    columns = (bins.shares.tolist(), bins.confidences.tolist(), bins.accuracies.tolist())
    return tuple(Bin(*row) for row in zip(*columns, strict=True))


def _error(bins: tuple[Bin, ...]) -> float:
    return sum(one.share * abs(one.accuracy - one.confidence) for one in bins)
