"""What scores look at: the images of one split, of one level or of all levels together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from taskgraft.scores._decoding import probs_of
from taskgraft.scores._hierarchy import sum_under
from taskgraft.scores._level import FloatArray, top_classes
from taskgraft.scores._preference import Preference
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.scores._severity import lca_heights
from taskgraft.taxonomy import IntArray, Taxonomy

TOP_LEAVES = 20
"""How many leaves of largest logit `PathImages.heights` looks at."""


@dataclass(frozen=True)
class LevelImages:
    """The images of a split that have a label at one level.

    Attributes:
        logits: Shape (N, K).
        preds: Classes of largest logit, shape (N,).
        targets: True classes, shape (N,).
    """

    logits: FloatArray
    preds: IntArray
    targets: IntArray

    @property
    def num_classes(self) -> int:
        """K."""
        return int(self.logits.shape[1])

    def by_image(self, number: Callable[[LevelImages], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """A number of each image, shape (N,), worked out for some images at a time.

        Args:
            number: Gives it for images that are looked at by themselves.
        """
        return np.concatenate([number(part) for part in self._parts()])

    def _parts(self) -> Iterator[LevelImages]:
        for rows in row_blocks(*self.logits.shape):
            yield LevelImages(self.logits[rows], self.preds[rows], self.targets[rows])

    @cached_property
    def probs(self) -> npt.NDArray[np.float64]:
        """Softmax of the logits, shape (N, K)."""
        return probs_of(self.logits)

    @cached_property
    def log_probs(self) -> npt.NDArray[np.float64]:
        """Logarithm of the probabilities, shape (N, K)."""
        log_probs: npt.NDArray[np.float64] = log_softmax(np.asarray(self.logits, dtype=np.float64), axis=1)
        return log_probs

    @cached_property
    def is_pred(self) -> npt.NDArray[np.float32]:
        """1 at the predicted class, 0 elsewhere: shape (N, K)."""
        return _one_hot(self.preds, self.num_classes)

    @cached_property
    def is_true(self) -> npt.NDArray[np.float32]:
        """1 at the true class, 0 elsewhere: shape (N, K)."""
        return _one_hot(self.targets, self.num_classes)

    def at_targets(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Of values (N, K), those of the true classes: shape (N,)."""
        return values[np.arange(len(self.targets)), self.targets]


@dataclass(frozen=True)
class PathImages:
    """All images of a split, at every level.

    Attributes:
        logits: One array (N, K) a level, coarsest first.
        targets: True classes, shape (N, L); -1 where there is no label.
        taxonomy: The L levels.
        preds: At every level the class of largest logit, shape (N, L).
    """

    logits: Sequence[FloatArray]
    targets: IntArray
    taxonomy: Taxonomy
    preds: IntArray = field(init=False)

    def __post_init__(self) -> None:
        preds = np.stack([level.argmax(axis=1) for level in self.logits], axis=1)
        object.__setattr__(self, "preds", preds)

    @cached_property
    def is_labelled(self) -> npt.NDArray[np.bool_]:
        """Where there is a label: shape (N, L)."""
        return self.targets >= 0

    @cached_property
    def is_right(self) -> npt.NDArray[np.bool_]:
        """Where the predicted class is the true one: shape (N, L)."""
        is_right: npt.NDArray[np.bool_] = self.preds == self.targets
        return is_right

    def at_level(self, level: int) -> LevelImages:
        """The images labelled at one level."""
        chosen = self.is_labelled[:, level]
        return LevelImages(self.logits[level][chosen], self.preds[chosen, level], self.targets[chosen, level])

    def summed_preds(self, level: int) -> IntArray:
        """At a coarser level the class under which most probability of the leaves lies, shape (N,)."""
        leaves, taxonomy = self.logits[-1], self.taxonomy
        ancestors, num_classes = taxonomy.ancestors(level), taxonomy.num_classes[level]
        blocks = (probs_of(leaves[rows]) for rows in row_blocks(*leaves.shape))
        return np.concatenate([sum_under(block, ancestors, num_classes).argmax(axis=1) for block in blocks])

    @cached_property
    def preference(self) -> Preference:
        """The order of the leaves that the tree implies for each true one."""
        return Preference.of(self.taxonomy)

    @cached_property
    def heights(self) -> IntArray:
        """How far from the truth the leaves of largest logit are, largest first.

        For the images whose leaf is labelled, the height of the lowest common ancestor of each of the first
        `TOP_LEAVES` leaves and the true one: shape (n, min(TOP_LEAVES, K)).
        """
        chosen = self.is_labelled[:, -1]
        nearest = top_classes(self.logits[-1][chosen], min(TOP_LEAVES, self.taxonomy.num_classes[-1]))
        heights: IntArray = lca_heights(self.taxonomy)[self.targets[chosen, -1][:, None], nearest]
        return heights


def _one_hot(classes: IntArray, num_classes: int) -> npt.NDArray[np.float32]:
    return np.equal(classes[:, None], np.arange(num_classes)).astype(np.float32)
