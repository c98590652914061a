"""Pure functions of the predictions and targets of one level; -1 is a target without a label.

Images without a label are left out; where there is no other image, each is a `DataError`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.scores._labelled import labelled
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.taxonomy import IntArray

FloatArray = npt.NDArray[np.floating]
Values = npt.NDArray[np.float64]


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
    return float(-np.mean(target_log_probs(logits[chosen], targets[chosen])))


def target_log_probs(
    logits: FloatArray, targets: IntArray, temperature: float = 1.0, largest: FloatArray | None = None
) -> Values:
    """Logarithm of softmax(logits / temperature) at each target, in float64: shape (N,).

    Args:
        logits: Shape (N, K).
        targets: Classes, each known: shape (N,).
        temperature: Above 0.
        largest: Of each row, shape (N,): whoever tries many temperatures finds them once.
    """
    largest = logits.max(axis=1) if largest is None else largest
    tops = np.asarray(largest, dtype=np.float64)[:, None] / temperature
    picked = np.empty(len(targets))
    for rows in row_blocks(*logits.shape):
        scaled = np.divide(logits[rows], temperature, dtype=np.float64)
        # To divide keeps the order: the largest of the quotients is the quotient of the largest.
        scaled -= tops[rows]
        of_targets = scaled[np.arange(len(scaled)), targets[rows]]
        picked[rows] = of_targets - np.log(np.exp(scaled, out=scaled).sum(axis=1))
    return picked
