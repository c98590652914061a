"""Pure functions of the predictions and targets of one level; -1 is a target without a label.

Images without a label are left out; where there is no other image, each is a `DataError`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from taskgraft.errors import TaskgraftError
from taskgraft.scores._labelled import labelled
from taskgraft.scores._row_blocks import row_blocks
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
    top = np.empty((len(logits), k), dtype=np.int64)
    for rows in row_blocks(*logits.shape):
        top[rows] = np.argsort(-logits[rows], axis=1, kind="stable")[:, :k]
    return top


def accuracy(preds: IntArray, targets: IntArray) -> float:
    """Top-1 accuracy: the share of images whose predicted class is the true one.

    Args:
        preds: Predicted classes, shape (N,).
        targets: True classes, -1 where there is no label: shape (N,).

    Example:
        >>> accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]))
        0.75
    """
    chosen = labelled(targets)
    return float(np.mean(preds[chosen] == targets[chosen]))


def negative_log_likelihood(logits: FloatArray, targets: IntArray) -> float:
    """Mean over images of -log softmax(logits)[target], in nats.

    Args:
        logits: Shape (N, K).
        targets: True classes, -1 where there is no label: shape (N,).

    Example:
        >>> round(negative_log_likelihood(np.zeros((1, 4)), np.array([2])), 4)
        1.3863
    """
    chosen = labelled(targets)
    logits, targets = logits[chosen], targets[chosen]
    log_probs = log_softmax(np.asarray(logits, dtype=np.float64), axis=1)
    return float(-np.mean(log_probs[np.arange(len(targets)), targets]))


def _check_k(k: int, num_classes: int) -> None:
    if not 1 <= k <= num_classes:
        raise TaskgraftError.expected(
            "k", f"from 1 to the number of classes, {num_classes}", k, "Choose another k."
        )
