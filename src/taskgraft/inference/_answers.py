"""From logits to what a model answers: paths, and how sure each class of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from taskgraft.scores import (
    DECODINGS,
    POOLED,
    Answers,
    along_path,
    certainties,
    climbing,
    equal_weights,
    probs_of,
)
from taskgraft.taxonomy import Taxonomy

Probs = npt.NDArray[np.float64]
Logits = Sequence[npt.NDArray[np.floating]]
Temperatures = Mapping[str, float | None]


def answers_of(
    logits: Logits,
    taxonomy: Taxonomy,
    decoding: str,
    temperatures: Temperatures | None,
    weights: Mapping[str, float] | None,
) -> Answers:
    """What a model says of images; without a tree, its certainties are 1.

    Args:
        logits: One array (N, K) a level, coarsest first.
        taxonomy: The L levels.
        decoding: `POOLED` or one of `DECODINGS`.
        temperatures: By level; None for 1.
        weights: By level, in the pool; None for all alike, and without a tree.
    """
    if not taxonomy.is_tree:
        heads = calibrated(logits, taxonomy, temperatures)
        preds = DECODINGS[decoding](heads, taxonomy)
        return Answers(preds, heads, np.ones(preds.shape))
    of_levels = equal_weights(taxonomy) if weights is None else np.array(list(weights.values()))
    answers = climbing(logits, of_levels, taxonomy)
    if decoding == POOLED:
        return answers
    preds = DECODINGS[decoding](calibrated(logits, taxonomy, temperatures), taxonomy)
    return Answers(preds, answers.probs, certainties(along_path(answers.probs, preds), preds, taxonomy))


def calibrated(logits: Logits, taxonomy: Taxonomy, temperatures: Temperatures | None) -> list[Probs]:
    """The softmax of logits / temperature of each level by itself."""
    by_level = temperatures or {}
    levels = zip(taxonomy.level_names, logits, strict=True)
    return [probs_of(of_level / (by_level.get(name) or 1.0)) for name, of_level in levels]
