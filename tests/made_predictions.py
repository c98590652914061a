"""Predictions made by hand, of any tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from taskgraft.inference import Predictions
from taskgraft.scores import along_path, depths_at, tree_probs
from taskgraft.taxonomy import Taxonomy


def made_predictions(
    taxonomy: Taxonomy, leaf_probs: Sequence[Sequence[float]], names: Sequence[str] = (), **fields: Any
) -> Predictions:
    """Of each picture the path of the likeliest leaf; a threshold says how far down it is sure."""
    leaves = np.array(leaf_probs, np.float64)
    uniform = [np.full((len(leaves), k), 1 / k) for k in taxonomy.num_classes[:-1]]
    probs = tree_probs([*uniform, leaves], taxonomy, "independent")
    preds = np.stack(
        [taxonomy.ancestors(level)[leaves.argmax(axis=1)] for level in range(taxonomy.num_levels)], axis=1
    )
    return Predictions(
        taxonomy,
        tuple(names or (f"{i}.jpg" for i in range(len(leaves)))),
        preds,
        tuple(probs),
        depths_at(along_path(probs, preds), fields.get("threshold") or 0.0),
        **fields,
    )


def chain(num_levels: int, name: str = "a class of level {}") -> Taxonomy:
    """A tree in which each level has one class more than the one above."""
    paths = [
        [f"{name.format(i)} {min(leaf, i + 1)}" for i in range(num_levels)] for leaf in range(num_levels + 1)
    ]
    return Taxonomy.from_names([f"level {i}" for i in range(num_levels)], paths)
