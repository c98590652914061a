"""Which classes are taken for which."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.verdict import Confusion


def confusions_of(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> tuple[Confusion, ...]:
    """By level, how often classes were predicted for which; images without a label are left out.

    Args:
        preds: Predicted classes, shape (N, L).
        targets: True classes, shape (N, L); -1 where not known.
        taxonomy: The L levels.
    """
    return tuple(_confusions(preds, targets, taxonomy))


def _confusions(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> Iterator[Confusion]:
    for i, name in enumerate(taxonomy.level_names):
        is_labelled = targets[:, i] >= 0
        pairs = np.stack([targets[is_labelled, i], preds[is_labelled, i]], axis=1)
        cells, counts = np.unique(pairs, axis=0, return_counts=True)
        true, predicted = cells.T.tolist()
        yield Confusion(name, tuple(zip(true, predicted, counts.tolist(), strict=True)))
