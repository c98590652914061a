"""What scores look at: the images of one split, of one level or of all levels together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from taskgraft.scores._decoding import DECODINGS, probs_of
from taskgraft.scores._level import FloatArray, Values
from taskgraft.scores._measurement import Terms
from taskgraft.scores._order import top_classes
from taskgraft.scores._path import SetSizes, judged, set_sizes
from taskgraft.scores._preference import Preference
from taskgraft.scores._prob_facts import ProbFacts, prob_facts
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.scores._severity import lca_heights
from taskgraft.taxonomy import IntArray, Taxonomy

TOP_LEAVES = 20
"""How many leaves of largest logit `PathImages.heights` looks at."""

# Of so few classes all zeros are multiplied in less time than it takes to leave them out.
_FEW_CLASSES = 32


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

    @cached_property
    def probs(self) -> Values:
        """Softmax of the logits, shape (N, K)."""
        return probs_of(self.logits)

    @cached_property
    def facts(self) -> ProbFacts:
        """What the probabilities of each image come to, from one look at them, some images at a time."""
        return prob_facts(self.logits, self.targets)

    @cached_property
    def is_pred(self) -> Terms:
        """1 at the predicted class: shape (N, K); of many classes only what is not 0 is stored."""
        return _one_hot(self.preds, self.num_classes)

    @cached_property
    def is_true(self) -> Terms:
        """1 at the true class: likewise."""
        return _one_hot(self.targets, self.num_classes)


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
        chosen = self.where(self.is_labelled[:, level])
        return LevelImages(self.logits[level][chosen], self.preds[chosen, level], self.targets[chosen, level])

    def where(self, chosen: npt.NDArray[np.bool_]) -> slice | npt.NDArray[np.bool_]:
        """An index of some images, or of all of them without a copy."""
        return slice(None) if chosen.all() else chosen

    @cached_property
    def summed_preds(self) -> IntArray:
        """At every level the class under which most probability of the leaves lies, shape (N, L)."""
        leaves, decode = self.logits[-1], DECODINGS["summed"]
        blocks = (probs_of(leaves[rows]) for rows in row_blocks(*leaves.shape))
        return np.concatenate([decode([block], self.taxonomy) for block in blocks])

    @cached_property
    def set_sizes(self) -> SetSizes:
        """Of the sets of classes predicted and true; where no label can judge, nothing is predicted."""
        return set_sizes(judged(self.preds, self.targets), self.targets, self.taxonomy)

    @cached_property
    def preference(self) -> Preference:
        """The order of the leaves that the tree implies for each true one."""
        return Preference(self.taxonomy)

    @cached_property
    def heights(self) -> IntArray:
        """How far from the truth the leaves of largest logit are, largest first.

        For the images whose leaf is labelled, the height of the lowest common ancestor of each of the first
        `TOP_LEAVES` leaves and the true one: shape (n, min(TOP_LEAVES, K)).
        """
        chosen = self.where(self.is_labelled[:, -1])
        nearest = top_classes(self.logits[-1][chosen], min(TOP_LEAVES, self.taxonomy.num_classes[-1]))
        return lca_heights(self.taxonomy, self.targets[chosen, -1][:, None], nearest)


def _one_hot(classes: IntArray, num_classes: int) -> Terms:
    if num_classes <= _FEW_CLASSES:
        return (classes[:, None] == np.arange(num_classes)).astype(np.float32)
    # A tenth of a second that whoever predicts need not wait.
    from scipy.sparse import csr_array  # noqa: PLC0415

    ones = np.ones(len(classes), dtype=np.float32)
    return csr_array((ones, classes, np.arange(len(classes) + 1)), shape=(len(classes), num_classes))
