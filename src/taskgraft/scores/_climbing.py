"""The rule that a model answers by, and the plain one that it is compared with, from logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from taskgraft.scores._certainty import certainties
from taskgraft.scores._decoding import probs_of
from taskgraft.scores._level import FloatArray
from taskgraft.scores._pool import Probs, Weights
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.scores._tree_probs import along_path, most_probable_paths, tree_probs
from taskgraft.taxonomy import IntArray, Taxonomy

Logits = Sequence[FloatArray]


@dataclass(frozen=True)
class Answers:
    """What a rule says of N images.

    Attributes:
        preds: Predicted classes, int64 of shape (N, L), coarsest level first; -1 where none is ever said.
        probs: Of each level, shape (N, K).
        certainties: Up to which threshold each class is said: shape (N, L); below 0 it never is.
    """

    preds: IntArray
    probs: list[Probs]
    certainties: Probs


Rule = Callable[[Logits], Answers]
"""From logits, one array (N, K) a level, to answers."""


def decided(rule: Rule, logits: Logits) -> tuple[IntArray, Probs]:
    """The classes and the certainties of a rule's answers, (N, L) each, some images at a time.

    Answers hold every probability: of ten thousand classes several times as much as the logits.

    Args:
        rule: Answers each image by itself.
        logits: One array (N, K) a level, coarsest first.
    """
    blocks = (rule([level[rows] for level in logits]) for rows in row_blocks(*logits[-1].shape))
    # Not the answers themselves: they would keep their probabilities.
    parts = [(answers.preds, answers.certainties) for answers in blocks]
    preds, certainties = zip(*parts, strict=True)
    return np.concatenate(preds), np.concatenate(certainties)


def climbing(logits: Logits, weights: Weights, taxonomy: Taxonomy) -> Answers:
    """The most probable leaf and its ancestors, said down to where a further step no longer pays.

    Args:
        logits: One array (N, K) a level, coarsest first.
        weights: How much each level counts, shape (L,).
        taxonomy: The L levels, a tree.
    """
    probs = tree_probs(logits, weights, taxonomy)
    preds = most_probable_paths(probs, taxonomy)
    return Answers(preds, probs, certainties(along_path(probs, preds), preds, taxonomy))


def fixed_level(logits: FloatArray, level: int, taxonomy: Taxonomy) -> Answers:
    """The plain rule: the top class of one level if its own probability is high enough, or nothing.

    Args:
        logits: Of this level, divided by its temperature: shape (N, K).
        level: Its number.
        taxonomy: The L levels, a tree.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> answers = fixed_level(np.log([[0.7, 0.3]]), 0, t)
        >>> answers.preds.tolist(), answers.certainties.round(2).tolist()
        ([[0, -1]], [[0.7, -1.0]])
    """
    probs = probs_of(logits)
    top = probs.argmax(axis=1)
    preds = np.full((len(top), taxonomy.num_levels), -1)
    sure = np.full(preds.shape, -1.0)
    for up in range(level + 1):
        preds[:, up] = taxonomy.ancestors(up, level)[top]
        sure[:, up] = probs.max(axis=1)
    return Answers(preds, [probs], sure)
