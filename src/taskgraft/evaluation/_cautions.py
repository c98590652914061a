"""What has to be said beside the scores: which images they are of, and what they cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import numpy as np

from taskgraft.evaluation._class_match import ClassMatch
from taskgraft.evaluation._labelled_data import ALL, LabelledData
from taskgraft.inference import Model
from taskgraft.taxonomy import IntArray, Taxonomy

_FEW_IMAGES = 100


def reason_of(opened: LabelledData, split: str, *, is_chosen: bool) -> str:
    """Why these images, in words.

    Args:
        opened: The data.
        split: Whose images they are.
        is_chosen: Whether somebody chose it.
    """
    if opened.is_of_training and split != ALL:
        return f"the {split} split of the study that trained the model"
    if is_chosen:
        return "every image" if split == ALL else f"the {split} split, as chosen"
    return "every image: the data bring no test split" if split == ALL else "the test split of the data"


def cautions_of(
    model: Model, opened: LabelledData, split: str, chosen: IntArray, targets: IntArray
) -> Iterator[str]:
    """What to be careful about, a sentence each.

    Args:
        model: The model.
        opened: The data.
        split: Which of their images were judged.
        chosen: Their places.
        targets: Their classes, shape (N, L); -1 where not known.
    """
    if opened.is_of_training:
        yield from _on_training(opened, split, chosen)
    elif _last_name(opened.data.provenance.source) == _last_name(model.description.origin.data):
        yield (
            f"The model was trained on data of the same name, {model.description.origin.data}, read "
            "otherwise or changed since: images that it has seen flatter the scores."
        )
    yield from _on_one_class(targets, model.taxonomy)
    if len(chosen) < _FEW_IMAGES:
        yield f"{len(chosen):,} images are few: the intervals are rough."


def _on_training(opened: LabelledData, split: str, chosen: IntArray) -> Iterator[str]:
    num_seen = int(np.isin(chosen, opened.data.indices["train"]).sum())
    if num_seen:
        yield (
            f"The model was trained on {num_seen:,} of these {len(chosen):,} images: the scores say little "
            "about new ones. Choose the test split."
        )
    elif split == "val":
        yield (
            "Temperatures, decoding and thresholds of the model were fitted on these images, and perhaps "
            "the model was chosen on them: the scores flatter it. Choose the test split."
        )


def _on_one_class(targets: IntArray, taxonomy: Taxonomy) -> Iterator[str]:
    """A sentence where all images of a level are of one class, of the finest such level."""
    for level, column in zip(reversed(taxonomy.levels), reversed(targets.T), strict=True):
        classes = np.unique(column[column >= 0])
        if len(classes) == 1:
            only = level.classes[classes[0]]
            yield (
                f"Every image labelled at level {level.name!r} is of one class, {only!r}: "
                "accuracy there is its recall. How often others are taken for it, these images cannot say."
            )
            return


def _last_name(source: str) -> str:
    return PurePath(source).name


def notes_of(match: ClassMatch, taxonomy: Taxonomy) -> Iterator[str]:
    """How the levels of the data were taken, and what they do not let judge.

    Args:
        match: The labels among the model's classes.
        taxonomy: The model's.
    """
    for name in match.left_out:
        yield f"Level {name!r} of the data was left out: the model has none like it."
    for name in match.derived:
        yield f"Level {name!r} is derived from the classes below it: the data do not have it."
    if taxonomy.is_tree and not (match.targets >= 0).all(axis=1).any():
        yield (
            "No image is labelled at every level: what is promised of answers, and their risk, could not be "
            "judged."
        )
