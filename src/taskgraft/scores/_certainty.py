"""Sure down to here: what each step down a path is worth, and how far a threshold lets an answer go."""

from __future__ import annotations

import numpy as np

from taskgraft.scores._pool import Probs
from taskgraft.taxonomy import IntArray, Taxonomy

# Classes of the same leaves are one class: what rounding makes of their probabilities is no difference.
_ROUNDING = 1e-9


def class_information(taxonomy: Taxonomy) -> list[Probs]:
    """How much of all that a leaf says each class says: of each level, coarsest first, shape (K,).

    1 - log(leaves under the class) / log(all leaves): 0 for the root that says nothing, 1 for a leaf. It is
    the share by which the entropy of leaves that are equally likely falls once the class is known. Source:
    Goren et al. (2024), "Hierarchical Selective Classification", who call it the coverage of a class.

    Args:
        taxonomy: The L levels, a tree.

    Example:
        >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3"), ("y", "4")])
        >>> [level.round(3).tolist() for level in class_information(t)]
        [[0.5, 0.5], [1.0, 1.0, 1.0, 1.0]]
    """
    num_leaves = taxonomy.num_classes[-1]
    under = (
        np.bincount(taxonomy.ancestors(level), minlength=num_classes)
        for level, num_classes in enumerate(taxonomy.num_classes)
    )
    return [1 - np.log(counts) / np.log(num_leaves) for counts in under]


def path_information(preds: IntArray, taxonomy: Taxonomy) -> Probs:
    """The information of each class of a path: shape (N, L).

    Args:
        preds: The path, shape (N, L).
        taxonomy: The L levels, a tree.
    """
    per_level = zip(class_information(taxonomy), preds.T, strict=True)
    return np.stack([of_class[chosen] for of_class, chosen in per_level], axis=1)


def certainties(path_probs: Probs, preds: IntArray, taxonomy: Taxonomy) -> Probs:
    """Up to which threshold each class of a path is said: shape (N, L), never rising along a path.

    Of all classes on the path, and of saying nothing (probability 1, information 0), a threshold chooses

        the largest  threshold * probability + (1 - threshold) * information

    so it is the weight of being right against telling much. Whatever the target, no other choice along the
    paths tells more at that share of right answers, as far as the probabilities hold. A class is said up to
    1 / (1 + price), price being the probability that is lost per information won on the way down to it: of
    all steps over it the dearest start, with its cheapest end. Source: Deng et al. (2012), "Hedging Your
    Bets: Optimizing Accuracy-Specificity Trade-offs in Large Scale Visual Recognition", along one path.

    Args:
        path_probs: Probability of each class on the path, coarsest first: shape (N, L).
        preds: The path, shape (N, L).
        taxonomy: The L levels, a tree.

    Example:
        >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3"), ("y", "4")])
        >>> certainties(np.array([[0.9, 0.6], [0.9, 0.89]]), np.array([[0, 0], [0, 0]]), t).round(3).tolist()
        [[0.833, 0.625], [0.901, 0.901]]
    """
    root = np.ones((len(preds), 1))
    # What is less probable than its child by rounding alone, or lies on no path at all, makes no step back.
    probs = np.minimum.accumulate(np.hstack([root, path_probs]), axis=1)
    information = np.maximum.accumulate(np.hstack([0 * root, path_information(preds, taxonomy)]), axis=1)
    lost = probs[:, :, None] - probs[:, None, :]
    won = information[:, None, :] - information[:, :, None]
    free = np.where(lost > _ROUNDING, np.inf, 0.0)
    prices = np.divide(lost, won, out=free, where=won > 0)
    # From each start, the cheapest of the ends that lie as deep as a class or deeper.
    cheapest = np.minimum.accumulate(prices[:, :, ::-1], axis=2)[:, :, ::-1]
    levels = range(1, probs.shape[1])
    dearest = np.stack([cheapest[:, :level, level].max(axis=1) for level in levels], axis=1)
    return np.minimum.accumulate(1 / (1 + dearest), axis=1)


def depths_at(certainties: Probs, threshold: float | Probs) -> IntArray:
    """To how many classes of its path each answer goes: those before the first that is too uncertain.

    Args:
        certainties: As the function of that name gives them, shape (N, L); (N, L, 1) for many thresholds.
        threshold: From 0 (every answer goes to the leaf) to just above 1 (none says anything); or G of them.

    Returns:
        Shape (N,), or (N, G); 0 where not even the coarsest class is sure.

    Example:
        >>> depths_at(np.array([[0.9, 0.6], [0.4, 0.3], [1.0, 0.9]]), 0.8).tolist()
        [1, 0, 2]
    """
    is_said = np.logical_and.accumulate(certainties >= threshold, axis=1)
    return np.asarray(is_said.sum(axis=1), dtype=np.int64)
