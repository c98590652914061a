"""Scores of one level: pure functions of predictions and targets; -1 is a target that is not known.

Images without a known target are left out; where there is no other image, each is a `DataError`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from taskgraft.errors import TaskgraftError
from taskgraft.scores._known import known_images
from taskgraft.taxonomy import IntArray

FloatArray = npt.NDArray[np.floating]


def top_classes(logits: FloatArray, k: int) -> IntArray:
    """The k classes of largest logit, largest first; of equal logits the lower class first, as in arg-max.

    Args:
        logits: Shape (N, K).
        k: From 1 to K.

    Returns:
        Shape (N, k).

    Raises:
        TaskgraftError: If there are no k classes.

    Example:
        >>> top_classes(np.array([[0.0, 2.0, 1.0, 2.0]]), 3).tolist()
        [[1, 3, 2]]
    """
    _check_k(k, logits.shape[1])
    return np.argsort(-logits, axis=1, kind="stable")[:, :k]


def accuracy(preds: IntArray, targets: IntArray) -> float:
    """Top-1 accuracy: the share of images whose predicted class is the true one.

    Args:
        preds: Predicted classes, shape (N,).
        targets: True classes, -1 where not known: shape (N,).

    Example:
        >>> accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]))
        0.75
    """
    known = known_images(targets)
    return float(np.mean(preds[known] == targets[known]))


def top_k_accuracy(logits: FloatArray, targets: IntArray, k: int) -> float:
    """Share of images whose true class is among the k of largest logit.

    Args:
        logits: Shape (N, K).
        targets: True classes, -1 where not known: shape (N,).
        k: From 1 to K; 1 gives the accuracy of the arg-max, ties included.

    Raises:
        TaskgraftError: If there are no k classes.

    Example:
        >>> top_k_accuracy(np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]), np.array([1, 2]), 2)
        0.5
    """
    known = known_images(targets)
    return float(np.mean((top_classes(logits[known], k) == targets[known][:, None]).any(axis=1)))


def balanced_accuracy(preds: IntArray, targets: IntArray) -> float:
    """Mean over the classes that occur in the targets of each one's recall, as scikit-learn defines it.

    Args:
        preds: Predicted classes, shape (N,).
        targets: True classes, -1 where not known: shape (N,).

    Example:
        >>> balanced_accuracy(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 2]))
        0.5
    """
    known = known_images(targets)
    preds, targets = preds[known], targets[known]
    totals = np.bincount(targets)
    hits = np.bincount(targets[preds == targets], minlength=len(totals))
    return float(np.mean(hits[totals > 0] / totals[totals > 0]))


def macro_f1(preds: IntArray, targets: IntArray) -> float:
    """Mean over classes of F1_k = 2 TP_k / (predicted_k + true_k), as scikit-learn defines it.

    The mean is over the classes that occur in predictions or targets; a class without a hit counts as 0.

    Args:
        preds: Predicted classes, shape (N,).
        targets: True classes, -1 where not known: shape (N,).

    Example:
        >>> macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1])), macro_f1(np.array([0, 0]), np.array([0, 5]))
        (0.6666666666666666, 0.3333333333333333)
    """
    known = known_images(targets)
    preds, targets = preds[known], targets[known]
    totals = np.bincount(np.concatenate([preds, targets]))
    hits = np.bincount(targets[preds == targets], minlength=len(totals))
    return float(np.mean(2 * hits[totals > 0] / totals[totals > 0]))


def negative_log_likelihood(logits: FloatArray, targets: IntArray) -> float:
    """Mean over images of -log softmax(logits)[target], in nats.

    Args:
        logits: Shape (N, K).
        targets: True classes, -1 where not known: shape (N,).

    Example:
        >>> round(negative_log_likelihood(np.zeros((1, 4)), np.array([2])), 4)
        1.3863
    """
    known = known_images(targets)
    logits, targets = logits[known], targets[known]
    log_probs = log_softmax(np.asarray(logits, dtype=np.float64), axis=1)
    return float(-np.mean(log_probs[np.arange(len(targets)), targets]))


def confusion_matrix(preds: IntArray, targets: IntArray, num_classes: int) -> IntArray:
    """How many images of each true class (rows) were predicted as each class (columns).

    Args:
        preds: Predicted classes, shape (N,).
        targets: True classes, -1 where not known: shape (N,).
        num_classes: Classes of the level, K.

    Returns:
        Shape (K, K); it sums to the number of images whose class is known, which may be 0.

    Example:
        >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
        [[1, 1], [0, 1]]
    """
    is_known = targets >= 0
    preds, targets = preds[is_known], targets[is_known]
    cells = np.bincount(targets * num_classes + preds, minlength=num_classes**2)
    return cells.astype(np.int64).reshape(num_classes, num_classes)


def _check_k(k: int, num_classes: int) -> None:
    if not 1 <= k <= num_classes:
        raise TaskgraftError.expected(
            "k", f"from 1 to the number of classes, {num_classes}", k, "Choose another k."
        )
