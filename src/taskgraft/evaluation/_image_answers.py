"""What a model says of each image, as far as its evaluation needs it: a few numbers an image and level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import BarColumn, MofNCompleteColumn

from taskgraft.bars import Bars
from taskgraft.data import Dataset
from taskgraft.data.store import release
from taskgraft.hardware import choose_hardware
from taskgraft.inference import Model, prediction_batch
from taskgraft.scores import probs_of
from taskgraft.taxonomy import IntArray

Floats = npt.NDArray[np.float64]
Logits = list[npt.NDArray[np.float32]]
# Weights of red, green and blue in grey, in 65,536ths, as Pillow takes them.
_GREY = np.array([19595, 38470, 7471], dtype=np.uint32)


@dataclass(frozen=True, eq=False)
class ImageAnswers:
    """Numbers of N images at L levels, each of shape (N, L).

    Attributes:
        preds: The path that the model answers with.
        certainties: Up to which threshold each class of the path is said.
        head_preds: What each level by itself says.
        confidences: Its probability of that, calibrated.
        raw_confidences: The same as the head gives it.
        nlls: Negative logarithm of the calibrated probability of the true class, nats; NaN without a label.
        briers: Squared distance of the calibrated probabilities from the truth; likewise.
    """

    preds: IntArray
    certainties: Floats
    head_preds: IntArray
    confidences: Floats
    raw_confidences: Floats
    nlls: Floats
    briers: Floats


def answer(model: Model, data: Dataset, chosen: IntArray, targets: IntArray) -> tuple[Logits, ImageAnswers]:
    """Runs a model over images, a batch at a time; what is kept of each are its logits and these numbers.

    Args:
        model: The model.
        data: Holds the images.
        chosen: Which of them, shape (N,); one at least.
        targets: Their classes, shape (N, L); -1 where not known.
    """
    predictor, size = model.on(choose_hardware()), prediction_batch(model.image_shape)
    logits: list[Logits] = []
    parts: list[ImageAnswers] = []
    with Bars(BarColumn(), MofNCompleteColumn()) as bars:
        bar = bars.begin("Predicting", total=len(chosen))
        for start in range(0, len(chosen), size):
            batch = chosen[start : start + size]
            images = _in_channels(np.ascontiguousarray(data.images[batch]), model.image_shape[0])
            release(data.images)
            logits.append([level.cpu().numpy() for level in predictor(torch.from_numpy(images))])
            parts.append(_answers(model, logits[-1], targets[start : start + size]))
            bars.advance(bar, len(batch))
    levels = [np.concatenate(level) for level in zip(*logits, strict=True)]
    joined = [np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(ImageAnswers)]
    return levels, ImageAnswers(*joined)


def _in_channels(images: npt.NDArray[np.uint8], num_channels: int) -> npt.NDArray[np.uint8]:
    """Grey images in three equal channels, coloured ones in grey, as the model takes them."""
    if images.shape[1] == num_channels:
        return images
    if num_channels == 3:
        return np.repeat(images, 3, axis=1)
    grey = (np.einsum("bchw,c->bhw", images.astype(np.uint32), _GREY) + 32_768) >> 16
    return np.asarray(grey[:, None], dtype=np.uint8)


def _answers(model: Model, logits: Logits, targets: IntArray) -> ImageAnswers:
    probs, answers = model.probs_of(logits), model.answers_of(logits)
    nlls, briers = (np.stack(columns, axis=1) for columns in zip(*_losses(probs, targets), strict=True))
    return ImageAnswers(
        preds=answers.preds,
        certainties=answers.certainties,
        head_preds=np.stack([level.argmax(axis=1) for level in logits], axis=1),
        confidences=np.stack([level.max(axis=1) for level in probs], axis=1),
        raw_confidences=np.stack([probs_of(level).max(axis=1) for level in logits], axis=1),
        nlls=nlls,
        briers=briers,
    )


def _losses(probs: Sequence[Floats], targets: IntArray) -> Iterator[tuple[Floats, Floats]]:
    floor = np.finfo(np.float64).tiny
    for level, classes in zip(probs, targets.T, strict=True):
        of_truth = np.where(classes >= 0, level[np.arange(len(level)), classes], np.nan)
        yield -np.log(np.maximum(of_truth, floor)), np.square(level).sum(axis=1) - 2 * of_truth + 1
