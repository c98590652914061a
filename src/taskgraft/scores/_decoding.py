"""From the probabilities of every level to one class at every level: the ways to decide.

Each is a `Decoding`; they differ where the levels disagree:

    >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
    >>> probs = [np.array([[0.52, 0.48]]), np.array([[0.28, 0.32, 0.4]])]
    >>> for name, decode in DECODINGS.items():
    ...     print(name, *(level.classes[k] for level, k in zip(t.levels, decode(probs, t)[0])))
    independent pet van
    summed pet van
    joint car van
    top-down pet dog
    crm pet dog
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from taskgraft.scores._along_tree import handed_down, probs_under
from taskgraft.scores._level import FloatArray
from taskgraft.scores._softmax import softmax
from taskgraft.taxonomy import IntArray, Taxonomy


class Decoding(Protocol):
    """A way to decide."""

    def __call__(self, probs: Sequence[FloatArray], taxonomy: Taxonomy) -> IntArray:
        """One class of each level for each image.

        Args:
            probs: One array (N, K) per level, coarsest first.
            taxonomy: The L levels.

        Returns:
            Predicted classes, shape (N, L).
        """


def probs_of(logits: FloatArray) -> npt.NDArray[np.float64]:
    """Probabilities softmax(logits), in float64 so that sums over many classes stay exact.

    Args:
        logits: Shape (N, K).

    Returns:
        Shape (N, K); each row sums to 1.

    Example:
        >>> probs_of(np.log([[1.0, 3.0]])).round(3).tolist()
        [[0.25, 0.75]]
    """
    return softmax(np.asarray(logits, dtype=np.float64))


def decode_independent(probs: Sequence[FloatArray], taxonomy: Taxonomy) -> IntArray:
    """The most probable class of each level by itself; the classes need not lie under one another."""
    return np.stack([level.argmax(axis=1) for level in probs], axis=1)


def decode_summed(probs: Sequence[FloatArray], taxonomy: Taxonomy) -> IntArray:
    """The free baseline: at every level, the class under which most probability of the leaves lies.

    The probabilities of the coarser levels are not looked at; the classes need not lie under one another.
    """
    return np.stack([level.argmax(axis=1) for level in _from_leaves(probs, taxonomy)], axis=1)


def decode_joint(probs: Sequence[FloatArray], taxonomy: Taxonomy) -> IntArray:
    """The path, a leaf and its ancestors, of largest product of its classes' probabilities."""
    # Levels that rule each other out entirely would leave nothing but zeros: the floor keeps an order.
    floor = np.finfo(np.float64).tiny
    logs = (np.log(np.maximum(level, floor, dtype=np.float64)) for level in probs)
    return paths_to(handed_down(logs, taxonomy).argmax(axis=1), taxonomy)


def decode_top_down(probs: Sequence[FloatArray], taxonomy: Taxonomy) -> IntArray:
    """The most probable class of the coarsest level, then its most probable child, and so on down."""
    chosen = [probs[0].argmax(axis=1)]
    for level in range(1, taxonomy.num_levels):
        chosen.append(_most_probable_child(probs[level], chosen[-1], *taxonomy.by_parent(level)))
    return np.stack(chosen, axis=1)


def decode_crm(probs: Sequence[FloatArray], taxonomy: Taxonomy) -> IntArray:
    """The leaf of least expected distance from the truth, if the leaves' probabilities hold; its ancestors.

    argmin_k sum_j probs_j * height(k, j): conditional risk minimisation. A height is the number of levels at
    which two paths differ; classes that end early count at every level. So the risk of a leaf is the sum over
    levels of 1 - the probability of its ancestor there, as the leaves' add up to it. Source: Karthik et al.
    (2021), "No Cost Likelihood Manipulation at Test Time for Making Better Mistakes in Deep Networks".
    """
    return paths_to(handed_down(_from_leaves(probs, taxonomy), taxonomy).argmax(axis=1), taxonomy)


DECODINGS: dict[str, Decoding] = {
    "independent": decode_independent,
    "summed": decode_summed,
    "joint": decode_joint,
    "top-down": decode_top_down,
    "crm": decode_crm,
}
"""Every way to decide by its name; each takes the probabilities of all levels and the taxonomy."""

# They look at the leaves' probabilities alone.
_OF_LEAVES = ("summed", "crm")


def levels_read(decoding: str, levels: Sequence[str]) -> tuple[str, ...]:
    """The levels whose logits a decoding looks at: what the others' networks would give is not needed.

    Args:
        decoding: Its name; of `pooled` and every other one than `summed` and `crm` all are read.
        levels: Names of the levels, coarsest first.

    Example:
        >>> levels_read("summed", ["coarse", "fine"]), levels_read("joint", ["coarse", "fine"])
        (('fine',), ('coarse', 'fine'))
    """
    return tuple(levels[-1:] if decoding in _OF_LEAVES else levels)


def paths_to(leaves: IntArray, taxonomy: Taxonomy) -> IntArray:
    """The paths to leaves of shape (N,), as shape (N, L).

    Example:
        >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("y", "3")])
        >>> paths_to(np.array([2, 0]), t).tolist()
        [[1, 2], [0, 0]]
    """
    return np.stack([taxonomy.ancestors(level)[leaves] for level in range(taxonomy.num_levels)], axis=1)


def _from_leaves(probs: Sequence[FloatArray], taxonomy: Taxonomy) -> list[npt.NDArray[np.float64]]:
    return probs_under(np.asarray(probs[-1], dtype=np.float64), taxonomy)


def _most_probable_child(
    probs: FloatArray, parents: IntArray, children: IntArray, firsts: IntArray
) -> IntArray:
    """The first of the most probable children of one parent a row.

    Args:
        probs: Of the children's level, shape (N, K).
        parents: Of each row, shape (N,).
        children: Sorted by their parents, shape (K,).
        firsts: Where each parent's begin.
    """
    counts = np.diff(firsts, append=len(children))[parents]
    begins = np.cumsum(counts) - counts
    # Every row's children one after another.
    places = np.arange(counts.sum()) + np.repeat(firsts[parents] - begins, counts)
    rows, classes = np.repeat(np.arange(len(parents)), counts), children[places]
    values = probs[rows, classes]
    is_most = values == np.repeat(np.maximum.reduceat(values, begins), counts)
    first: IntArray = classes[is_most][np.unique(rows[is_most], return_index=True)[1]]
    return first
