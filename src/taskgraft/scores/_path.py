"""Precision, recall and F1 of paths: micro-averages over the sets of classes predicted and true.

Source: Kiritchenko et al. (2006), "Learning and Evaluation in the Presence of Class Hierarchies", for paths
of one class a level as HiClass computes them: the set of an image is what its row names, so a row whose
classes do not lie under one another is taken at its word, and no ancestor is added to it.

A class of -1 says that a path stops above that level. Where every level is predicted, and known, both sets
have L classes: precision, recall and F1 are then one number, the mean over levels of the accuracy.

A label that is missing is another matter: the path goes on, and nobody knows where. What is predicted there
is neither right nor wrong, so `asked(preds, targets)` takes it out of the predicted set before these are
called; counted as wrong, it would punish whoever predicts whole paths. Precision, recall and F1 are then one
number again: of all known labels, the share that is predicted.
"""

from __future__ import annotations

import numpy as np

from taskgraft.taxonomy import IntArray


def asked(preds: IntArray, targets: IntArray) -> IntArray:
    """Predictions where a label can judge them, and -1 where it is missing.

    Args:
        preds: Predicted classes, shape (N, L).
        targets: True classes, shape (N, L); -1 where not known.

    Returns:
        Shape (N, L).

    Example:
        >>> asked(np.array([[0, 1], [1, 2]]), np.array([[0, 1], [1, -1]])).tolist()
        [[0, 1], [1, -1]]
    """
    found: IntArray = np.where(targets >= 0, preds, -1)
    return found


def hierarchical_precision(preds: IntArray, targets: IntArray) -> float:
    """Of all classes predicted, the share that is true: sum_i |S_i and T_i| / sum_i |S_i|.

    Args:
        preds: Predicted classes, shape (N, L); -1 where nothing is predicted.
        targets: True classes, shape (N, L); -1 where nothing is known.

    Returns:
        From 0 to 1; 0.0 if nothing is predicted.

    Example:
        >>> hierarchical_precision(np.array([[0, 1], [1, -1]]), np.array([[0, 0], [1, 2]]))
        0.6666666666666666
    """
    return _overlap(preds, targets) / max(int(np.sum(preds >= 0)), 1)


def hierarchical_recall(preds: IntArray, targets: IntArray) -> float:
    """Of all true classes, the share that is predicted: sum_i |S_i and T_i| / sum_i |T_i|.

    Args:
        preds: Predicted classes, shape (N, L); -1 where nothing is predicted.
        targets: True classes, shape (N, L); -1 where nothing is known.

    Returns:
        From 0 to 1; 0.0 if nothing is known.

    Example:
        >>> hierarchical_recall(np.array([[0, 1], [1, -1]]), np.array([[0, 0], [1, 2]]))
        0.5
    """
    return _overlap(preds, targets) / max(int(np.sum(targets >= 0)), 1)


def hierarchical_f1(preds: IntArray, targets: IntArray) -> float:
    """Harmonic mean of hierarchical precision and recall, 2 P R / (P + R).

    Args:
        preds: Predicted classes, shape (N, L); -1 where nothing is predicted.
        targets: True classes, shape (N, L); -1 where nothing is known.

    Returns:
        From 0 to 1; 0.0 without a hit.

    Example:
        >>> round(hierarchical_f1(np.array([[0, 1], [1, -1]]), np.array([[0, 0], [1, 2]])), 4)
        0.5714
    """
    precision, recall = hierarchical_precision(preds, targets), hierarchical_recall(preds, targets)
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def _overlap(preds: IntArray, targets: IntArray) -> int:
    """Classes both predicted and true; classes of different levels are never the same."""
    return int(np.sum((preds == targets) & (preds >= 0)))
