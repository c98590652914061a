"""F1 of paths: a micro-average over the sets of classes predicted and true, with all that lies above them.

Source: Kiritchenko et al. (2006), "Learning and Evaluation in the Presence of Class Hierarchies", as the
documentation of HiClass defines it: the set of an image holds the most specific classes predicted and all
their ancestors. Where the predicted classes lie under one another that is what the row names. Where they do
not, the ancestors of the finer ones are predicted as well: the set is larger than a path, and precision falls
below recall.

The code of HiClass (5.0) adds no ancestor: it takes the classes that a row names, and no others. With one
prediction for every label its three numbers are one, the mean over levels of the accuracy.

A class of -1 says that a path stops above that level. A label that is missing is another matter: the path
goes on, and nobody knows where. What is predicted there is neither right nor wrong, so `judged(preds,
targets)` takes it out of the predicted set first; counted as wrong, it would punish whoever predicts full
paths.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from taskgraft.taxonomy import IntArray, Taxonomy


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


class SetSizes(NamedTuple):
    """Of each image, shape (N,): classes that are both predicted and true, predicted, and true."""

    num_right: IntArray
    num_predicted: IntArray
    num_true: IntArray


def set_sizes(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> SetSizes:
    """How large the sets of classes of each image are, ancestors of what is predicted among them.

    Args:
        preds: Predicted classes, shape (N, L); -1 where nothing is predicted.
        targets: True classes, shape (N, L); -1 where there is no label.
        taxonomy: The L levels, which form a tree.

    Example:
        >>> taxonomy = Taxonomy.from_names(["a", "b"], [("pet", "cat"), ("car", "van")])
        >>> set_sizes(np.array([[0, 1]]), np.array([[0, 0]]), taxonomy)  # pet, van and the car above it
        SetSizes(num_right=array([1]), num_predicted=array([3]), num_true=array([2]))
    """
    num_right, num_predicted = np.zeros((2, len(preds)), dtype=np.int64)
    for level in range(taxonomy.num_levels):
        said: list[IntArray] = []
        for finer in range(level, taxonomy.num_levels):
            classes = preds[:, finer]
            implied: IntArray = np.where(classes >= 0, taxonomy.ancestors(level, finer)[classes], -1)
            is_new: npt.NDArray[np.bool_] = (implied >= 0) & ~_is_among(implied, said)
            num_predicted += is_new
            num_right += is_new & (implied == targets[:, level])
            said.append(implied)
    return SetSizes(num_right, num_predicted, np.sum(targets >= 0, axis=1))


def _is_among(classes: IntArray, others: list[IntArray]) -> npt.NDArray[np.bool_]:
    return np.any([classes == other for other in others], axis=0) if others else np.zeros(len(classes), bool)


def hierarchical_f1(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> float:
    """Harmonic mean of hierarchical precision and recall, 2 P R / (P + R).

    Of all classes predicted, P is the share that is true; of all true classes, R is the share that is
    predicted: P = sum_i |S_i and T_i| / sum_i |S_i| and R = sum_i |S_i and T_i| / sum_i |T_i|.

    Args:
        preds: Predicted classes, shape (N, L); -1 where nothing is predicted.
        targets: True classes, shape (N, L); -1 where there is no label.
        taxonomy: The L levels, which form a tree.

    Returns:
        From 0 to 1; 0.0 without a hit.

    Example:
        >>> taxonomy = Taxonomy.from_names(["a", "b"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> round(hierarchical_f1(np.array([[0, 1], [1, -1]]), np.array([[0, 0], [1, 2]]), taxonomy), 4)
        0.5714
    """
    num_right, num_predicted, num_true = (int(of.sum()) for of in set_sizes(preds, targets, taxonomy))
    return 2 * num_right / max(num_predicted + num_true, 1)
