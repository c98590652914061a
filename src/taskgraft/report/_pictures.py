"""From the images a study kept to the pictures of its gallery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from taskgraft.report._gallery import Gallery, Picture
from taskgraft.scores import majority, probs_of
from taskgraft.study import (
    DamagedFileError,
    Kept,
    RunRecord,
    Study,
    read_gallery,
    read_names,
    read_split,
    run_directory,
)
from taskgraft.taxonomy import IntArray


def read_pictures(study: Study) -> Gallery | None:
    """The study's gallery; None where no images were kept."""
    kept = read_gallery(study.directory)
    if not kept:
        return None
    preds, confidence = _predictions(study)
    _, targets = _read(study, study.runs[0])
    if any((own.positions >= len(targets)).any() for own in kept.values()):
        return None  # of another study than this one
    names = _names(study, len(targets))

    def pictures(of: Kept) -> tuple[Picture, ...]:
        return tuple(
            Picture(
                image,
                _path(study, targets[position]),
                tuple((name, _path(study, told[position])) for name, told in preds.items()),
                float(confidence[position]),
                study.taxonomy.is_tree,
                names[position],
            )
            for position, image in zip(of.positions, of.images, strict=True)
        )

    return Gallery(pictures(kept["worst"]), pictures(kept["disagreements"]))


def _names(study: Study, num_images: int) -> Sequence[str | None]:
    """What the source calls each test image; None each where that is not on record, or damaged."""
    try:
        names = read_names(study.directory, study.record.request.data.digest)["test"]
    except (FileNotFoundError, DamagedFileError):
        return [None] * num_images
    return names if len(names) == num_images else [None] * num_images


def _predictions(study: Study) -> tuple[dict[str, IntArray], npt.NDArray[np.float64]]:
    """What most seeds of each architecture predict, (N, L), and the mean confidence in it, (N,).

    The confidence is that in the leaf; without a tree, the mean over levels of that in their classes.
    """
    by_seed: dict[str, list[IntArray]] = {}
    confidences = []
    for run in study.runs:
        logits, _ = _read(study, run)
        preds = np.stack([level.argmax(axis=1) for level in logits], axis=1)
        by_seed.setdefault(run.variant, []).append(preds)
        looked_at = logits[-1:] if study.taxonomy.is_tree else logits
        confidences.append(np.mean([probs_of(level).max(axis=1) for level in looked_at], axis=0))
    told = {name: _voted(np.stack(preds)) for name, preds in by_seed.items()}
    return told, np.mean(confidences, axis=0)


def _read(study: Study, run: RunRecord) -> tuple[list[npt.NDArray[np.float32]], IntArray]:
    directory = run_directory(study.directory, run.variant, run.seed)
    return read_split(directory, study.taxonomy.level_names, "test")


def _voted(preds: IntArray) -> IntArray:
    """Level by level, the class most seeds predict: shape (S, N, L) to (N, L)."""
    return np.stack([majority(preds[:, :, level]) for level in range(preds.shape[2])], axis=1)


def _path(study: Study, classes: IntArray) -> tuple[str | None, ...]:
    """Names of classes, None for one that is not known."""
    levels = zip(study.taxonomy.levels, classes, strict=True)
    return tuple(level.classes[number] if number >= 0 else None for level, number in levels)
