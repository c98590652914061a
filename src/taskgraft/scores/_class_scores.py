"""Precision, recall and F1 of every class of a level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.taxonomy import IntArray

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClassScores:
    """How well each of K classes is predicted; NaN where nothing can be said.

    Attributes:
        precision: Of the images taken for the class, the share that is of it: shape (K,).
        recall: Of the images of the class, the share taken for it: shape (K,).
        f1: The harmonic mean of both: shape (K,).
        support: Images of the class: int64 of shape (K,).
        num_predicted: Labelled images taken for the class: int64 of shape (K,).
    """

    precision: Shares
    recall: Shares
    f1: Shares
    support: IntArray
    num_predicted: IntArray


def class_scores(preds: IntArray, targets: IntArray, num_classes: int) -> ClassScores:
    """Scores of each class, as `sklearn.metrics.precision_recall_fscore_support` defines them.

    Args:
        preds: Predicted classes, shape (N,).
        targets: True classes, shape (N,); -1 where not known: such images are left out.
        num_classes: K.

    Example:
        >>> scores = class_scores(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
        >>> scores.precision.tolist(), scores.recall.tolist(), scores.support.tolist()
        ([0.5, 1.0, nan], [1.0, 0.5, nan], [1, 2, 0])
    """
    is_labelled = targets >= 0
    preds, targets = preds[is_labelled], targets[is_labelled]
    support = np.bincount(targets, minlength=num_classes)
    num_predicted = np.bincount(preds, minlength=num_classes)
    hits = np.bincount(targets[preds == targets], minlength=num_classes)
    return class_scores_of(hits, support, num_predicted)


def class_scores_of(hits: IntArray, support: IntArray, num_predicted: IntArray) -> ClassScores:
    """The same from counts.

    Args:
        hits: Images of each class taken for it: shape (K,).
        support: Images of each class: shape (K,).
        num_predicted: Labelled images taken for each class: shape (K,).
    """
    return ClassScores(
        precision=_ratio(hits, num_predicted),
        recall=_ratio(hits, support),
        # 2 hits / (support + predicted) is the harmonic mean, and 0 where one of the two is.
        f1=_ratio(2 * hits, support + num_predicted),
        support=support,
        num_predicted=num_predicted,
    )


def _ratio(parts: IntArray, wholes: IntArray) -> Shares:
    ratios = np.full(len(parts), np.nan)
    np.divide(parts, wholes, out=ratios, where=wholes > 0)
    return ratios
