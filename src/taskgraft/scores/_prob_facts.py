"""What the probabilities of each image come to: a few numbers from one look at all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.scores._level import FloatArray, Values
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.taxonomy import IntArray


@dataclass(frozen=True)
class ProbFacts:
    """Of N images.

    Attributes:
        nlls: Negative logarithm of the probability of the true class, nats: shape (N,).
        briers: Squared distance of the probabilities from the truth: shape (N,).
        confidences: The largest probability: shape (N,).
        is_right: Whether its class is the true one: shape (N,).
    """

    nlls: Values
    briers: Values
    confidences: Values
    is_right: npt.NDArray[np.bool_]


def prob_facts(logits: FloatArray, targets: IntArray, temperature: float = 1.0) -> ProbFacts:
    """Softmax of logits / temperature, in float64, some images at a time.

    Args:
        logits: Shape (N, K).
        targets: True classes, each known: shape (N,).
        temperature: Above 0.

    Example:
        >>> facts = prob_facts(np.log([[0.5, 0.5], [0.1, 0.9]]), np.array([0, 1]))
        >>> facts.nlls.round(3).tolist(), facts.briers.round(2).tolist(), facts.is_right.tolist()
        ([0.693, 0.105], [0.5, 0.02], [True, True])
    """
    # A quotient is a new array, which the block may overwrite.
    parts = [_of_block(logits[rows] / temperature, targets[rows]) for rows in row_blocks(*logits.shape)]
    nlls, briers, confidences, is_right = (np.concatenate(column) for column in zip(*parts, strict=True))
    return ProbFacts(nlls, briers, confidences, is_right)


def _of_block(logits: FloatArray, targets: IntArray) -> tuple[Values, Values, Values, npt.NDArray[np.bool_]]:
    """Softmax and its logarithm from one look, and in one array: new ones are slow to come by."""
    probs, rows = np.asarray(logits, dtype=np.float64), np.arange(len(targets))
    probs -= probs.max(axis=1, keepdims=True)
    of_truth = probs[rows, targets]
    np.exp(probs, out=probs)
    totals = probs.sum(axis=1, keepdims=True)
    probs /= totals
    preds, shares = probs.argmax(axis=1), probs[rows, targets]
    confidences = probs[rows, preds]
    squares = np.square(probs, out=probs).sum(axis=1)
    return -(of_truth - np.log(totals[:, 0])), squares - 2 * shares + 1, confidences, preds == targets
