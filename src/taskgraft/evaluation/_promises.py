"""What a model promises of answers that stop where they are unsure, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.evaluation._evaluation import Evaluation, PromiseKept
from taskgraft.evaluation._image_answers import ImageAnswers
from taskgraft.evaluation._intervals import intervals_of
from taskgraft.inference import Model
from taskgraft.scores import depths_at, over_labelled, share
from taskgraft.taxonomy import IntArray
from taskgraft.verdict import count, listed

TARGETS = (0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Promised:
    """A share of right answers, and the threshold that validation images say keeps it."""

    target_accuracy: float
    threshold: float


@dataclass(frozen=True)
class Promises:
    """What a model can promise of the shares asked about.

    Attributes:
        made: The promises, by rising share.
        not_made: Shares that it cannot promise.
        num_images: Validation images that promise; 0 where the model has none.
    """

    made: tuple[Promised, ...]
    not_made: tuple[float, ...]
    num_images: int


def promises_of(model: Model, target_accuracies: Sequence[float] | None) -> Promises:
    """The promises to look at.

    Args:
        model: Whose validation images make them.
        target_accuracies: Which; None for the usual ones, as far as they can be made.

    Raises:
        RequestError: If one of those given cannot be made.
    """
    made, not_made = [], []
    for target in TARGETS if target_accuracies is None else target_accuracies:
        try:
            threshold = model.threshold(target)
        except RequestError:
            if target_accuracies is not None:
                raise
            not_made.append(target)
        else:
            made.append(Promised(target, threshold or 0.0))
    described = model.description.promise
    return Promises(tuple(made), tuple(not_made), described.num_images if described else 0)


def not_promised(evaluation: Evaluation) -> str:
    """Which shares the model cannot promise and why, a sentence; nothing where all are promised."""
    if not (evaluation.not_promised and evaluation.taxonomy.is_tree):
        return ""
    if not evaluation.promising_images:
        return "Nothing is promised: the model has no validation images, or another tree since."
    shares = listed([f"{100 * share:g}" for share in evaluation.not_promised], "and")
    verb = "needs" if len(evaluation.not_promised) == 1 else "need"
    images = count(evaluation.promising_images, "validation image")
    return f"Not promised: {shares} %, which {verb} more than {images}."


def kept_of(promised: Sequence[Promised], answers: ImageAnswers, targets: IntArray) -> Iterator[PromiseKept]:
    """What becomes of promises on some images; nothing where none is labelled at every level.

    Args:
        promised: The promises.
        answers: To N images.
        targets: Their classes, shape (N, L); -1 where not known.
    """
    is_judged = np.asarray((targets >= 0).all(axis=1))
    if not is_judged.any():
        return
    depths = [depths_at(answers.certainties, one.threshold) for one in promised]
    measured = {
        str(place): over_labelled(share(_is_right(answers, targets, reached)[is_judged]), is_judged)
        for place, reached in enumerate(depths)
    }
    accuracies = intervals_of(measured.items(), len(targets)).values()
    for one, reached, accuracy in zip(promised, depths, accuracies, strict=True):
        counts = np.bincount(reached, minlength=targets.shape[1] + 1)
        yield PromiseKept(
            one.target_accuracy, one.threshold, accuracy, tuple((counts / len(reached)).tolist())
        )


def _is_right(answers: ImageAnswers, targets: IntArray, depths: IntArray) -> npt.NDArray[np.bool_]:
    """Whether every class that is said is true: shape (N,)."""
    is_said = np.arange(targets.shape[1]) < depths[:, None]
    return np.asarray(((answers.preds == targets) | ~is_said).all(axis=1))
