"""F1 of paths: a micro-average over the sets of classes predicted and true.

Source: Kiritchenko et al. (2006), "Learning and Evaluation in the Presence of Class Hierarchies", for paths
of one class a level as HiClass computes them: the set of an image is what its row names, so a row whose
classes do not lie under one another is taken as it is, and no ancestor is added to it.

A class of -1 says that a path stops above that level. Where every level is predicted and labelled, both sets
have L classes: precision, recall and F1 are then one number, the mean over levels of the accuracy.

A label that is missing is another matter: the path goes on, and nobody knows where. What is predicted there
is neither right nor wrong, so `judged(preds, targets)` takes it out of the predicted set first; counted as
wrong, it would punish whoever predicts full paths. Precision, recall and F1 are then one number again: of all
labels, the share that is predicted.
"""

from __future__ import annotations

import numpy as np

from taskgraft.taxonomy import IntArray


def judged(preds: IntArray, targets: IntArray) -> IntArray:
    """Predictions where a label can judge them, and -1 where it is missing.

    Args:
        preds: Predicted classes, shape (N, L).
        targets: True classes, shape (N, L); -1 where there is no label.

    Returns:
        Shape (N, L).

    Example:
        >>> judged(np.array([[0, 1], [1, 2]]), np.array([[0, 1], [1, -1]])).tolist()
        [[0, 1], [1, -1]]
    """
    kept: IntArray = np.where(targets >= 0, preds, -1)
    return kept


def hierarchical_f1(preds: IntArray, targets: IntArray) -> float:
    """Harmonic mean of hierarchical precision and recall, 2 P R / (P + R).

    Of all classes predicted, P is the share that is true; of all true classes, R is the share that is
    predicted: P = sum_i |S_i and T_i| / sum_i |S_i| and R = sum_i |S_i and T_i| / sum_i |T_i|.

    Args:
        preds: Predicted classes, shape (N, L); -1 where nothing is predicted.
        targets: True classes, shape (N, L); -1 where there is no label.

    Returns:
        From 0 to 1; 0.0 without a hit.

    Example:
        >>> round(hierarchical_f1(np.array([[0, 1], [1, -1]]), np.array([[0, 0], [1, 2]])), 4)
        0.5714
    """
    # Classes of different levels are never the same.
    num_right = int(np.sum((preds == targets) & (preds >= 0)))
    precision = num_right / max(int(np.sum(preds >= 0)), 1)
    recall = num_right / max(int(np.sum(targets >= 0)), 1)
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
