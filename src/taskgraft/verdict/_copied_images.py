"""Which test images are in train or val, too, and what is right of the others."""

from __future__ import annotations

import numpy as np

from taskgraft.study import Study, read_data_facts
from taskgraft.taxonomy import IntArray


def copied_positions(study: Study) -> dict[str, IntArray]:
    """By split, train and val, which test images are copies; empty where nobody has looked.

    New partitions have none: copies stay together.
    """
    data = study.record.request.data
    if study.record.request.resplits is not None:
        return {}
    facts = read_data_facts(study.directory, data.digest)
    if facts is None or facts.test_copies is None:
        return {}
    places = {split: np.array(of, dtype=np.int64) for split, of in facts.test_copies.items()}
    return {split: of[of < data.num_images["test"]] for split, of in places.items()}


def accuracies_without(
    preds: IntArray, targets: IntArray, copies: IntArray, levels: tuple[str, ...]
) -> dict[str, float]:
    """Every accuracy of the images that are no copies, as far as some of them have a label.

    Args:
        preds: Shape (N, L).
        targets: Shape (N, L), -1 where not known.
        copies: Positions of the copies; beyond N of none.
        levels: Names of the L levels.
    """
    kept = np.ones(len(targets), dtype=bool)
    kept[copies[copies < len(targets)]] = False
    is_right, is_labelled = (preds == targets)[kept], targets[kept] >= 0
    scores = {
        f"accuracy.{name}": float(is_right[is_labelled[:, i], i].mean())
        for i, name in enumerate(levels)
        if is_labelled[:, i].any()
    }
    everywhere = is_labelled.all(axis=1)
    if len(levels) > 1 and everywhere.any():
        scores["full_path_accuracy"] = float(is_right[everywhere].all(axis=1).mean())
    return scores
