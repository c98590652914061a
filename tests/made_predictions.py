"""Predictions made by hand, of any tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from taskgraft.inference import Predictions
from taskgraft.scores import along_path, depths_at
from taskgraft.taxonomy import Taxonomy


def made_predictions(
    taxonomy: Taxonomy, leaf_probs: Sequence[Sequence[float]], names: Sequence[str] = (), **fields: Any
) -> Predictions:
    """Of each picture the path of the likeliest leaf, of which each class is as certain as it is probable."""
    leaves = np.array(leaf_probs, np.float64)
    levels = range(taxonomy.num_levels)
    probs = [
        leaves @ np.eye(k)[taxonomy.ancestors(i)] for i, k in zip(levels, taxonomy.num_classes, strict=True)
    ]
    preds = np.stack([taxonomy.ancestors(level)[leaves.argmax(axis=1)] for level in levels], axis=1)
    path_probs = along_path(probs, preds)
    return Predictions(
        taxonomy,
        tuple(names or (f"{i}.jpg" for i in range(len(leaves)))),
        preds,
        tuple(probs),
        path_probs,
        depths_at(path_probs, fields.get("threshold") or 0.0),
        **fields,
    )


def chain(num_levels: int, name: str = "a class of level {}") -> Taxonomy:
    """A tree in which each level has one class more than the one above."""
    paths = [
        [f"{name.format(i)} {min(leaf, i + 1)}" for i in range(num_levels)] for leaf in range(num_levels + 1)
    ]
    return Taxonomy.from_names([f"level {i}" for i in range(num_levels)], paths)
