"""HOPS: how well the whole order of the leaves follows the tree, most probable first.

Source: Sani and Anand (2025), "Hier-COS: Making Deep Features Hierarchy-aware via Composition of Orthogonal
Subspaces", arXiv 2503.07853, where it is the Hierarchically Ordered Preference Score. What it is exactly, its
weights above all, is taken from the code that the authors published with the paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from taskgraft.scores._order import FloatArray, top_classes
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.scores._severity import num_levels_apart
from taskgraft.taxonomy import IntArray, Taxonomy

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Preference:
    """In which order the leaves should stand for each true leaf, and what it costs that they do not.

    Attributes:
        taxonomy: The tree that implies it, of K leaves.
    """

    taxonomy: Taxonomy

    def ranks(self, leaves: IntArray, targets: IntArray) -> IntArray:
        """Where leaves should stand for a true leaf, of the shape of both together, as NumPy broadcasts.

        0 for the true one itself, 1 for those that share most of its path, 2 for those that share less, and
        so on.

        Args:
            leaves: Of any shape.
            targets: True leaves.

        Example:
            >>> paths = [("pet", "cat"), ("pet", "dog"), ("car", "van")]
            >>> every, taxonomy = np.arange(3), Taxonomy.from_names(["coarse", "fine"], paths)
            >>> Preference(taxonomy).ranks(every, every[:, None]).tolist()
            [[0, 1, 2], [1, 0, 2], [1, 1, 0]]
        """
        of_distances = _of_distances(self._num_at_distances[targets])
        apart = num_levels_apart(self.taxonomy, leaves, targets)
        of_distances = np.broadcast_to(of_distances, (*apart.shape, of_distances.shape[-1]))
        ranks: IntArray = np.take_along_axis(of_distances, apart[..., None], axis=-1)[..., 0]
        return ranks

    @cached_property
    def _num_at_distances(self) -> IntArray:
        """How many leaves are as far from each leaf as 0, 1 and up to L levels: shape (K, L + 1)."""
        taxonomy = self.taxonomy
        every = np.full(taxonomy.num_classes[-1], taxonomy.num_classes[-1])
        within = [
            np.bincount(ancestors)[ancestors]
            for ancestors in map(taxonomy.ancestors, reversed(range(taxonomy.num_levels)))
        ]
        return np.diff(np.stack([*within, every], axis=1), prepend=0, axis=1)

    def scores(self, logits: FloatArray, targets: IntArray, k: int | None = None) -> Values:
        """The score of each image, from 0 (no better than the right order backwards) to 1: shape (N,).

        Args:
            logits: Of the leaves, shape (N, K).
            targets: True leaves, shape (N,).
            k: How many of the first places count, from 2 to K; None for all.

        Example:
            >>> taxonomy = Taxonomy.from_names(["a", "b"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
            >>> logits = np.array([[3.0, 2.0, 1.0], [2.0, 3.0, 1.0], [1.0, 2.0, 3.0]])
            >>> Preference(taxonomy).scores(logits, np.array([0, 0, 0])).round(3).tolist()
            [1.0, 0.4, 0.0]
        """
        num_places = self.taxonomy.num_classes[-1] if k is None else k
        scores = np.empty(len(targets))
        kinds, kind_of = self._kinds
        for kind, images in _places(kind_of[targets]):
            order = _Order.of(kinds[kind], num_places)
            for rows in row_blocks(len(images), logits.shape[1]):
                some = images[rows]
                first = top_classes(logits[some], num_places)
                apart = num_levels_apart(self.taxonomy, first, targets[some, None])
                scores[some] = order.scores(_of_distances(kinds[kind])[apart])
        return np.clip(scores, 0, 1)

    @cached_property
    def _kinds(self) -> tuple[IntArray, IntArray]:
        """The different rows of `_num_at_distances`, and which of them is that of each leaf."""
        kinds, kind_of = np.unique(self._num_at_distances, axis=0, return_inverse=True)
        return kinds, kind_of


@dataclass(frozen=True)
class _Order:
    """The right order of the leaves for true leaves about which the tree is alike.

    Attributes:
        ranks: What stands at each of the places that count, shape (k,).
        weights: What each of these places weighs, shape (k,).
        worst: How far the ranks are from the right ones, weighted, where the order is backwards.
    """

    ranks: IntArray
    weights: Values
    worst: float

    @classmethod
    def of(cls, counts: IntArray, num_places: int) -> _Order:
        """From how many leaves there are at each distance."""
        counts = counts[counts > 0]
        right = np.repeat(np.arange(len(counts)), counts)[:num_places]
        weights = _weights(counts)[:num_places]
        return cls(right, weights, float(np.sum(weights * np.abs(right - right[::-1]))))

    def scores(self, ranks: IntArray) -> Values:
        """Of images, from the ranks at their places: (n, k) to (n,)."""
        scores: Values = 1 - np.sum(self.weights * np.abs(self.ranks - ranks), axis=1) / self.worst
        return scores


def _of_distances(counts: IntArray) -> IntArray:
    """The rank at each distance: nobody stands at one at which the tree has no leaf. Of the same shape."""
    return np.cumsum(counts > 0, axis=-1) - 1


def _places(numbers: IntArray) -> Iterator[tuple[int, IntArray]]:
    """Every different number, and its places."""
    order = np.argsort(numbers, kind="stable")
    values, firsts = np.unique(numbers[order], return_index=True)
    return zip(values.tolist(), np.split(order, firsts[1:]), strict=True)


def _weights(counts: IntArray) -> Values:
    """What each place of the order weighs, where so many leaves are of each rank: shape (K,).

    The first place weighs 1. The n places of rank r fall in a straight line from 2^-r towards 2^-(r + 1),
    and those of the last rank towards 0.
    """
    last = len(counts) - 1
    parts = []
    for rank, count in enumerate(counts):
        towards = 0.0 if rank == last else 2.0 ** -(rank + 1)
        parts.append(np.linspace(2.0**-rank, towards, count + 1)[:-1])
    return np.concatenate(parts)
