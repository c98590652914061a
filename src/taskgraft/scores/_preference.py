"""HOPS: how well the whole order of the leaves follows the tree, most probable first.

Source: Sani and Anand (2025), "Hier-COS: Making Deep Features Hierarchy-aware via Composition of Orthogonal
Subspaces", arXiv 2503.07853, where it is the Hierarchically Ordered Preference Score. What it is exactly, its
weights above all, is taken from the code that the authors published with the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from taskgraft.scores._level import FloatArray, top_classes
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.scores._severity import num_levels_apart
from taskgraft.taxonomy import IntArray, Taxonomy

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Preference:
    """In which order the leaves should stand for each true leaf, and what it costs that they do not.

    Attributes:
        ranks: Of every leaf for each true leaf, shape (K, K): 0 for itself, 1 for those that share most of
            its path, 2 for those that share less, and so on.
    """

    ranks: IntArray

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Preference:
        """The preference that a tree implies.

        Example:
            >>> paths = [("pet", "cat"), ("pet", "dog"), ("car", "van")]
            >>> Preference.of(Taxonomy.from_names(["coarse", "fine"], paths)).ranks.tolist()
            [[0, 1, 2], [1, 0, 2], [1, 1, 0]]
        """
        apart = num_levels_apart(taxonomy)
        return cls(np.stack([np.unique(row, return_inverse=True)[1] for row in apart]))

    @cached_property
    def expected(self) -> IntArray:
        """The ranks for each true leaf in their right order, shape (K, K)."""
        return np.sort(self.ranks, axis=1)

    @cached_property
    def weights(self) -> Values:
        """What each place of the order weighs for each true leaf, shape (K, K).

        The first place weighs 1. The n places of rank r fall in a straight line from 2^-r towards
        2^-(r + 1), and those of the last rank towards 0.
        """
        return np.stack([_weights(row) for row in self.expected])

    def scores(self, logits: FloatArray, targets: IntArray, k: int | None = None) -> Values:
        """The score of each image, from 0 (no better than the right order backwards) to 1: shape (N,).

        Args:
            logits: Of the leaves, shape (N, K).
            targets: True leaves, shape (N,).
            k: How many of the first places count, from 2 to K; None for all.

        Example:
            >>> taxonomy = Taxonomy.from_names(["a", "b"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
            >>> logits = np.array([[3.0, 2.0, 1.0], [2.0, 3.0, 1.0], [1.0, 2.0, 3.0]])
            >>> Preference.of(taxonomy).scores(logits, np.array([0, 0, 0])).round(3).tolist()
            [1.0, 0.4, 0.0]
        """
        num_places = self.ranks.shape[1] if k is None else k
        weights = self.weights[:, :num_places]
        right = self.expected[:, :num_places]
        worst = np.sum(weights * np.abs(right - right[:, ::-1]), axis=1)
        scores = np.empty(len(targets))
        for rows in row_blocks(*logits.shape):
            true = targets[rows]
            ranks = self.ranks[true[:, None], top_classes(logits[rows], num_places)]
            scores[rows] = 1 - np.sum(weights[true] * np.abs(right[true] - ranks), axis=1) / worst[true]
        return np.clip(scores, 0, 1)


def _weights(expected: IntArray) -> Values:
    """Of the places of one right order."""
    last = expected[-1]
    parts = []
    for rank, count in enumerate(np.bincount(expected)):
        towards = 0.0 if rank == last else 2.0 ** -(rank + 1)
        parts.append(np.linspace(2.0**-rank, towards, count + 1)[:-1])
    return np.concatenate(parts)
