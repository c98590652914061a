"""What a model promises of answers that stop where they are unsure, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.evaluation._evaluation import PromiseKept
from taskgraft.evaluation._image_answers import ImageAnswers
from taskgraft.evaluation._intervals import intervals_of
from taskgraft.inference import Model
from taskgraft.scores import depths_at, over_labelled, share
from taskgraft.taxonomy import IntArray

TARGETS = (0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Promised:
    """A share of right answers, and the threshold that validation images say keeps it."""

    target_accuracy: float
    threshold: float


def promises_of(model: Model, target_accuracies: Sequence[float] | None) -> list[Promised]:
    """The promises to look at.

    Args:
        model: Whose validation images make them.
        target_accuracies: Which; None for the usual ones, as far as they can be made.

    Raises:
        RequestError: If one of those given cannot be made.
    """
    promised = []
    for target in TARGETS if target_accuracies is None else target_accuracies:
        try:
            threshold = model.threshold(target)
        except RequestError:
            if target_accuracies is not None:
                raise
            continue
        if threshold is not None:
            promised.append(Promised(target, threshold))
    return promised


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
