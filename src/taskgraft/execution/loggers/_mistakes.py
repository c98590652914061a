"""The worst mistakes of a study as one picture: what each image is, and what it was taken for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from taskgraft.data import captioned
from taskgraft.study import Study, read_gallery, read_split, run_directory
from taskgraft.taxonomy import IntArray, Taxonomy

_WORST = "worst"


def draw_mistakes(study: Study) -> Image.Image | None:
    """Draws the images of the study's gallery on which its runs were worst; None if there are none.

    Below each stand its class, and the class that most runs took it for, in the finest level in which it has
    a label.
    """
    kept = read_gallery(study.directory).get(_WORST)
    if kept is None or not len(kept.positions):
        return None
    preds, targets = _preds(study, kept.positions)
    return captioned(kept.images, [*_captions(study.taxonomy, preds, targets)])


def _preds(study: Study, positions: IntArray) -> tuple[IntArray, IntArray]:
    """What each run predicts of these images: shape (R, N, L); what they are: shape (N, L)."""
    preds, targets = [], np.empty((0, 0), np.int64)
    for run in study.shown_runs:
        directory = run_directory(study.directory, run.variant, run.seed)
        logits, targets = read_split(directory, study.taxonomy.level_names, "test")
        preds.append(np.stack([level[positions].argmax(axis=1) for level in logits], axis=1))
    return np.stack(preds), targets[positions]


def _captions(taxonomy: Taxonomy, preds: IntArray, targets: IntArray) -> Iterator[Sequence[str]]:
    for number, target in enumerate(targets):
        level = int(np.flatnonzero(target >= 0)[-1])
        classes = taxonomy.levels[level].classes
        counts = np.bincount(preds[:, number, level], minlength=len(classes))
        counts[target[level]] = 0
        taken_for = int(counts.argmax())
        several = f" ({counts[taken_for]} of {len(preds)} runs)" if len(preds) > 1 else ""
        is_wrong = counts[taken_for] > 0
        yield (
            classes[target[level]],
            f"read as {classes[taken_for]}{several}" if is_wrong else "wrong above it",
        )
