"""Did the old classes suffer? The older and the newer model on the same test images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.correspondence import Correspondence
from taskgraft.data import Dataset
from taskgraft.hardware import choose_hardware
from taskgraft.inference import Model, predict, prediction_batch, read_model
from taskgraft.statistics import Bounds, Interval, contrast_interval, image_weights
from taskgraft.study import MODEL, Study, run_directory
from taskgraft.taxonomy import IntArray

FULL_PATH = "full-path"
Right = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """Accuracy on the test images of classes that the older model had, and on those that it had not.

    Attributes:
        num_old_images: Test images of old classes.
        num_new_images: Of new ones.
        older: By level, and for the full path, accuracy of the older model on the old classes.
        newer: Of the newer one.
        difference: Newer less older, paired by image; over seeds, too, where there are several.
        on_new: Of the newer model on the new classes; empty where there are none.
    """

    num_old_images: int
    num_new_images: int
    older: dict[str, Interval]
    newer: dict[str, Interval]
    difference: dict[str, Interval]
    on_new: dict[str, Interval]


def compare_on_old_classes(model: Model, study: Study, data: Dataset, correspondence: Correspondence) -> Kept:
    """Compares a model with those that went on from it, on test images that are labelled at every level.

    The older model is right where it says one of the classes behind the true one.

    Args:
        model: The older one.
        study: With at least one finished run.
        data: What the study was trained on.
        correspondence: Of their classes.

    Raises:
        StudyError: If a model of the study is damaged.
    """
    targets = data.labels_of("test")
    is_labelled = (targets >= 0).all(axis=1)
    chosen, targets = data.indices["test"][is_labelled], targets[is_labelled]
    is_old = np.array([bool(old) for old in correspondence.sources[-1]])[targets[:, -1]]
    names = (*model.taxonomy.level_names, FULL_PATH)
    before = _with_path(_older_right(_preds(model, data, chosen), targets, correspondence))
    after = np.stack(
        [
            _with_path(
                _preds(
                    read_model(run_directory(study.directory, run.variant, run.seed) / MODEL), data, chosen
                )
                == targets
            )
            for run in study.runs
        ]
    )
    old_after = after[:, is_old]
    return Kept(
        num_old_images=int(is_old.sum()),
        num_new_images=int((~is_old).sum()),
        older=_intervals(before[None, is_old], names),
        newer=_intervals(old_after, names),
        difference=_intervals(old_after - before[is_old], names, lowest=-1),
        on_new=_intervals(after[:, ~is_old], names),
    )


def _preds(model: Model, data: Dataset, chosen: IntArray) -> IntArray:
    size = prediction_batch(data.image_shape)
    batches = (
        np.ascontiguousarray(data.images[chosen[start : start + size]])
        for start in range(0, len(chosen), size)
    )
    return model.answers_of(predict(model.on(choose_hardware()), batches)).preds


def _older_right(preds: IntArray, targets: IntArray, correspondence: Correspondence) -> npt.NDArray[np.bool_]:
    """Whether the older model says a class that stands behind the true one: shape (N, L)."""
    columns = []
    for level, sources in enumerate(correspondence.sources):
        # From each older class to all newer ones behind which it stands.
        pairs = {(k, old) for k, olds in enumerate(sources) for old in olds}
        said = zip(targets[:, level].tolist(), preds[:, level].tolist(), strict=True)
        columns.append(np.fromiter((pair in pairs for pair in said), dtype=bool, count=len(targets)))
    return np.stack(columns, axis=1)


def _with_path(is_right: npt.NDArray[np.bool_]) -> Right:
    """With a column for the full path: shape (N, L + 1)."""
    return np.column_stack([is_right, is_right.all(axis=1)]).astype(np.float64)


def _intervals(values: Right, names: tuple[str, ...], lowest: int = 0) -> dict[str, Interval]:
    """The mean of each column over images, with its interval over images and seeds; values (S, N, L + 1).

    A share lies between 0 and 1, a difference of two between -1 and 1, and so does its interval.
    """
    if not values.shape[1]:
        return {}
    weights = image_weights(values.shape[1])
    means: Mapping[str, Right] = {name: values[:, :, i] for i, name in enumerate(names)}
    bounds = Bounds(lowest, 1, values.shape[1])
    return {
        name: contrast_interval(each.mean(axis=1), each @ weights.T, bounds=bounds)
        for name, each in means.items()
    }
