"""Test images worth looking at: the worst mistakes, and those on which variants disagree.

Picked when all runs are finished, and kept in the study: whoever reads it later need not have the data.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.data import Dataset
from taskgraft.scores import majority, paths_to, probs_of, row_blocks
from taskgraft.study import Kept, Logits, Study, read_split, run_directory, write_gallery
from taskgraft.taxonomy import IntArray, Taxonomy

_NUM_IMAGES = 12


def keep_gallery(study: Study, data: Dataset) -> None:
    """Picks the images from the finished runs' predictions and writes `gallery.safetensors`.

    Args:
        study: The study; of several partitions, the first one's runs count.
        data: What it is about, in the split that it came with.
    """
    severity, num_opinions = _judge(study)
    picks = {
        "worst": _largest(severity),
        # Among images that divide the variants equally, those that are worst.
        "disagreements": _largest(np.where(num_opinions > 1, num_opinions + severity / 10, 0)),
    }
    request = study.record.request
    partition = request.partition_of(request.seeds[0])
    test = (data if partition is None else data.with_partition(partition)).indices["test"]
    # Only these: all of the test split may be larger than memory.
    kept = {
        kind: Kept(positions, np.asarray(data.images[test[positions]])) for kind, positions in picks.items()
    }
    write_gallery(study.directory, kept, study.shown_runs)


def _judge(study: Study) -> tuple[npt.NDArray[np.float64], IntArray]:
    """For each test image how bad its mistakes are, mean over runs; how many answers variants give."""
    severities: list[npt.NDArray[np.float64]] = []
    opinions: dict[str, list[IntArray]] = {}
    for run in study.shown_runs:
        directory = run_directory(study.directory, run.variant, run.seed)
        logits, targets = read_split(directory, study.taxonomy.level_names, "test")
        severity, answers = _judge_run(logits, targets, study.taxonomy)
        severities.append(severity)
        opinions.setdefault(run.variant, []).append(answers)
    voted = [[majority(level) for level in np.moveaxis(np.stack(seeds), 2, 0)] for seeds in opinions.values()]
    return np.mean(severities, axis=0), _num_different(np.moveaxis(np.array(voted), 1, 2))


def _judge_run(
    logits: list[Logits], targets: IntArray, taxonomy: Taxonomy
) -> tuple[npt.NDArray[np.float64], IntArray]:
    """Severity of one run's mistakes (N,), and its answers: leaves (N, 1) or, without a tree, classes (N, L).

    In a tree: at how many levels the path of the predicted leaf is certainly wrong, which is
    `num_levels_apart` of both leaves where the leaf is labelled; times the confidence in the leaf. Without
    one: the confidences of all classes that are wrong, added up.
    """
    preds = np.stack([level.argmax(axis=1) for level in logits], axis=1)
    confidences = np.stack([_confidences(level) for level in logits], axis=1)
    is_labelled = targets >= 0
    if not taxonomy.is_tree:
        return ((preds != targets) * is_labelled * confidences).sum(axis=1), preds
    path = paths_to(preds[:, -1], taxonomy)
    return ((path != targets) & is_labelled).sum(axis=1) * confidences[:, -1], preds[:, -1:]


def _confidences(logits: Logits) -> npt.NDArray[np.float64]:
    """The largest probability of each image, some images at a time."""
    return np.concatenate([probs_of(logits[rows]).max(axis=1) for rows in row_blocks(*logits.shape)])


def _num_different(answers: IntArray) -> IntArray:
    """How many different answers each image got: shape (V, N, L) to (N,)."""
    _, numbers = np.unique(answers.reshape(-1, answers.shape[2]), axis=0, return_inverse=True)
    in_order = np.sort(numbers.reshape(answers.shape[:2]), axis=0)
    counts: IntArray = 1 + (in_order[1:] != in_order[:-1]).sum(axis=0)
    return counts


def _largest(values: npt.NDArray[np.float64]) -> IntArray:
    """Positions of the largest values above zero, largest first, at most a gallery's worth."""
    order = np.argsort(-values, kind="stable")[:_NUM_IMAGES]
    return order[values[order] > 0]
