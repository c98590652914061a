"""From logits to what a model answers: paths, and how sure each class of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.scores import (
    DECODINGS,
    POOLED,
    along_path,
    certainties,
    equal_weights,
    most_probable_paths,
    probs_of,
    tree_probs,
)
from taskgraft.taxonomy import IntArray, Taxonomy

Probs = npt.NDArray[np.float64]
Logits = Sequence[npt.NDArray[np.floating]]
Temperatures = Mapping[str, float | None]


@dataclass(frozen=True)
class Answers:
    """What a model says of N images.

    Attributes:
        preds: Predicted classes, int64 of shape (N, L), coarsest level first.
        probs: Of each level, shape (N, K): in a tree, those of a class are the sum of its children's.
        certainties: Up to which threshold each predicted class is said, shape (N, L); 1 without a tree.
    """

    preds: IntArray
    probs: list[Probs]
    certainties: Probs


def answers_of(
    logits: Logits,
    taxonomy: Taxonomy,
    decoding: str,
    temperatures: Temperatures | None,
    weights: Mapping[str, float] | None,
) -> Answers:
    """Decides.

    Args:
        logits: One array (N, K) a level, coarsest first.
        taxonomy: The L levels.
        decoding: `POOLED` or one of `DECODINGS`.
        temperatures: By level; None for 1.
        weights: By level, in the pool; None for all alike, and without a tree.
    """
    heads = calibrated(logits, taxonomy, temperatures)
    if not taxonomy.is_tree:
        preds = DECODINGS[decoding](heads, taxonomy)
        return Answers(preds, heads, np.ones(preds.shape))
    of_levels = equal_weights(taxonomy) if weights is None else np.array(list(weights.values()))
    probs = tree_probs(logits, of_levels, taxonomy)
    pooled = decoding == POOLED
    preds = most_probable_paths(probs, taxonomy) if pooled else DECODINGS[decoding](heads, taxonomy)
    return Answers(preds, probs, certainties(along_path(probs, preds), preds, taxonomy))


def calibrated(logits: Logits, taxonomy: Taxonomy, temperatures: Temperatures | None) -> list[Probs]:
    """The softmax of logits / temperature of each level by itself."""
    by_level = temperatures or {}
    levels = zip(taxonomy.level_names, logits, strict=True)
    return [probs_of(of_level / (by_level.get(name) or 1.0)) for name, of_level in levels]
