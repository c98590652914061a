"""From the logits of one split to the scores of one run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from taskgraft.errors import TaskgraftError
from taskgraft.metrics.hierarchy import consistency, summed_probs
from taskgraft.metrics.level import accuracy
from taskgraft.taxonomy import IntArray, Taxonomy


class Scores(BaseModel):
    """What a run scored on one split; every value is a share from 0 to 1.

    Attributes:
        accuracies: Top-1 accuracy of each level, from that level's own logits.
        consistencies: For each pair of adjacent levels, named `coarser>finer`, the share of images whose
            predicted finer class has the predicted coarser class for its parent.
        summed_accuracies: The free baseline: accuracy of each level but the finest when its probabilities
            are summed from the finest level's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    accuracies: dict[str, float]
    consistencies: dict[str, float]
    summed_accuracies: dict[str, float]


def score(logits: Sequence[npt.NDArray[np.float32]], targets: IntArray, taxonomy: Taxonomy) -> Scores:
    """Scores one split.

    Args:
        logits: One array (N, K) per level, coarsest first.
        targets: True classes, int64 of shape (N, L).
        taxonomy: The levels.

    Raises:
        TaskgraftError: If logits are not finite; the message names the level.
    """
    names = taxonomy.level_names
    for name, level in zip(names, logits, strict=True):
        if not np.isfinite(level).all():
            raise TaskgraftError.expected(
                f"every logit of level {name!r}", "a finite number", level[~np.isfinite(level)][0],
                "The run diverged: lower the learning rate, or use another recipe.",
            )  # fmt: skip
    preds = [level.argmax(axis=1) for level in logits]
    pairs = range(1, taxonomy.num_levels)
    summed = {
        names[i]: summed_probs(logits[-1], taxonomy.ancestors(i), taxonomy.num_classes[i]).argmax(axis=1)
        for i in range(taxonomy.num_levels - 1)
    }
    return Scores(
        accuracies={name: accuracy(preds[i], targets[:, i]) for i, name in enumerate(names)},
        consistencies={
            f"{names[i - 1]}>{names[i]}": consistency(preds[i - 1], preds[i], taxonomy.parents_of(i))
            for i in pairs
        },
        summed_accuracies={name: accuracy(p, targets[:, names.index(name)]) for name, p in summed.items()},
    )
