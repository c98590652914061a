"""Numbers of classes handed down a tree and summed up it: level by level, at the cost of one look at each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from taskgraft.taxonomy import Taxonomy

Values = npt.NDArray[np.float64]


def handed_down(levels: Iterable[Values], taxonomy: Taxonomy) -> Values:
    """Of each leaf, what its ancestors have and what it has itself, added up from the coarsest: (N, leaves).

    Args:
        levels: One array (N, K) a level, coarsest first.
        taxonomy: The L levels, a tree.

    Example:
        >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("x", "3")])
        >>> handed_down([np.array([[10.0, 20.0]]), np.array([[1.0, 2.0, 3.0]])], t).tolist()
        [[11.0, 22.0, 13.0]]
    """
    of_levels = iter(levels)
    total = next(of_levels)
    for level, values in enumerate(of_levels, start=1):
        total = np.take(total, taxonomy.parents_of(level), axis=1) + values
    return total


def sums_under(leaves: Values, taxonomy: Taxonomy) -> list[Values]:
    """Sums of what the leaves under each class have, children added up in the order of their numbers.

    Args:
        leaves: Shape (N, leaves).
        taxonomy: The L levels, a tree.

    Returns:
        Of each level, coarsest first, shape (N, K); the last are the leaves.

    Example:
        >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("x", "3")])
        >>> [level.tolist() for level in sums_under(np.array([[1.0, 2.0, 4.0]]), t)]
        [[[5.0, 2.0]], [[1.0, 2.0, 4.0]]]
    """
    levels = [leaves]
    for level in range(taxonomy.num_levels - 1, 0, -1):
        order, firsts = taxonomy.by_parent(level)
        levels.insert(0, np.add.reduceat(np.take(levels[0], order, axis=1), firsts, axis=1))
    return levels


def probs_under(leaves: Values, taxonomy: Taxonomy) -> list[Values]:
    """The probability of each class as the sum of its leaves', as in `sums_under`, and never above 1.

    Args:
        leaves: Probabilities of the leaves, shape (N, leaves).
        taxonomy: The L levels, a tree.
    """
    *coarser, last = sums_under(leaves, taxonomy)
    # Rounding must not make anything more probable than certain.
    return [*(np.minimum(level, 1.0) for level in coarser), last]
