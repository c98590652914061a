"""A trained model on labelled data: every score, every class, and how far down it may be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from taskgraft.data import SPLITS, Dataset
from taskgraft.errors import RequestError, unknown_name
from taskgraft.evaluation._class_match import match_classes
from taskgraft.evaluation._evaluation import Confused, Evaluation, LevelCalibration, Promise
from taskgraft.hardware import choose_hardware
from taskgraft.inference import PREDICTION_BATCH, Model, predict
from taskgraft.parameter import Parameter
from taskgraft.scores import (
    Measurement,
    along_path,
    bins_of,
    brier,
    class_scores,
    depths_at,
    expected_calibration_error,
    measure,
    negative_log_likelihood,
    over_labelled,
    share,
    tree_probs,
)
from taskgraft.statistics import Interval, contrast_interval, image_weights
from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.verdict import samples_of

ALL = "all"
FULL_PATH = "full-path"
TARGETS = (0.8, 0.9, 0.95, 0.99)
_MOST_CONFUSED = 50

Probs = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def evaluate(
    model: Model, data: Dataset, split: str = ALL, *, target_accuracies: Sequence[float] = TARGETS
) -> Evaluation:
    """Scores a trained model on labelled images.

    Args:
        model: The model.
        data: Images of the model's shape, with labels; classes are matched by the path of their names.
        split: `train`, `val` or `test`; `all` for every image.
        target_accuracies: Promises to look at; those that the model's validation images cannot make are left
            out.

    Raises:
        RequestError: If the images are of another shape, there is no such split, or no class matches.

    Example:
        >>> evaluation = evaluate(model, tg.load("photos/", size=96), "test")  # doctest: +SKIP
        >>> evaluation.decoded["full-path"]  # doctest: +SKIP
    """
    if data.image_shape != model.image_shape:
        raise RequestError.expected(
            "the images",
            f"of the model's shape {model.image_shape}",
            data.image_shape,
            f"Load the data with {Parameter('size', model.image_shape[1])}.",
        )
    chosen = _indices(data, split)
    match = match_classes(data.labels[chosen], data.taxonomy, model.taxonomy)
    logits = predict(model.on(choose_hardware()), _batches(data, chosen))
    probs = model.probs_of(logits)
    preds = model.decide(probs)
    weights = image_weights(len(chosen))
    names = model.taxonomy.level_names
    return Evaluation(
        origin=model.description.origin,
        source=data.provenance.source,
        split=split,
        num_images=len(chosen),
        taxonomy=model.taxonomy,
        decoding=model.description.decoding,
        match=match,
        scores=_intervals(measure(logits, match.targets, model.taxonomy), weights),
        decoded=_intervals(_decoded(preds, match.targets, model.taxonomy), weights),
        classes={
            name: class_scores(preds[:, i], match.targets[:, i], model.taxonomy.num_classes[i])
            for i, name in enumerate(names)
        },
        confused=tuple(_confused(preds, match.targets, model.taxonomy)),
        calibrations=_calibrations(probs, match.targets, names),
        promises=tuple(_promises(model, probs, preds, match.targets, target_accuracies, weights)),
    )


def _indices(data: Dataset, split: str) -> IntArray:
    if split == ALL:
        return np.sort(np.concatenate([data.indices[name] for name in SPLITS]))
    named = next((name for name in SPLITS if name == split), None)
    if named is None:
        raise unknown_name(Parameter("split"), split, (*SPLITS, ALL))
    if not len(data.indices[named]):
        raise RequestError.expected(Parameter("split"), "one with images", split, "Name another one.")
    return data.indices[named]


def _batches(data: Dataset, chosen: IntArray) -> Iterator[npt.NDArray[np.uint8]]:
    for start in range(0, len(chosen), PREDICTION_BATCH):
        yield np.ascontiguousarray(data.images[chosen[start : start + PREDICTION_BATCH]])


def _intervals(
    measurements: Mapping[str, Measurement], weights: npt.NDArray[np.float32]
) -> dict[str, Interval]:
    """Each score with its interval over images: the model is one, so nothing speaks of other seeds."""
    samples = samples_of(measurements, weights)
    return {name: contrast_interval([one.value], one.draws[None]) for name, one in samples.items()}


def _decoded(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> dict[str, Measurement]:
    """Accuracy of each level, of the images that are labelled there, and of the full path."""
    is_labelled, is_right = targets >= 0, preds == targets
    measurements: dict[str, Measurement] = {
        name: over_labelled(share(is_right[is_labelled[:, i], i]), is_labelled[:, i])
        for i, name in enumerate(taxonomy.level_names)
        if is_labelled[:, i].any()
    }
    everywhere: Flags = is_labelled.all(axis=1)
    if taxonomy.num_levels > 1 and everywhere.any():
        measurements[FULL_PATH] = over_labelled(share(is_right[everywhere].all(axis=1)), everywhere)
    return measurements


def _confused(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> Iterator[Confused]:
    for i, level in enumerate(taxonomy.levels):
        is_wrong = (targets[:, i] >= 0) & (targets[:, i] != preds[:, i])
        pairs, counts = np.unique(
            np.stack([targets[is_wrong, i], preds[is_wrong, i]], axis=1), axis=0, return_counts=True
        )
        for place in np.argsort(-counts, kind="stable")[:_MOST_CONFUSED]:
            true, predicted = pairs[place]
            yield Confused(level.name, level.classes[true], level.classes[predicted], int(counts[place]))


def _calibrations(
    probs: Sequence[Probs], targets: IntArray, names: Sequence[str]
) -> dict[str, LevelCalibration]:
    calibrations = {}
    for i, name in enumerate(names):
        is_labelled = targets[:, i] >= 0
        if not is_labelled.any():
            continue
        of_level, classes = probs[i][is_labelled], targets[is_labelled, i]
        floor = np.finfo(np.float64).tiny
        bins = bins_of(of_level.max(axis=1), of_level.argmax(axis=1) == classes)
        calibrations[name] = LevelCalibration(
            nll=negative_log_likelihood(np.log(np.maximum(of_level, floor)), classes),
            brier=brier(of_level, classes),
            ece=expected_calibration_error(of_level, classes),
            bins=tuple(
                zip(bins.shares.tolist(), bins.confidences.tolist(), bins.accuracies.tolist(), strict=True)
            ),
        )
    return calibrations


def _promises(
    model: Model,
    probs: Sequence[Probs],
    preds: IntArray,
    targets: IntArray,
    target_accuracies: Sequence[float],
    weights: npt.NDArray[np.float32],
) -> Iterator[Promise]:
    """What the thresholds of the model's validation images come to on these images."""
    if model.description.certainty is None or not (targets >= 0).all(axis=1).any():
        return
    path_probs = along_path(tree_probs(probs, model.taxonomy, model.description.decoding), preds)
    is_labelled: Flags = (targets >= 0).all(axis=1)
    for target in target_accuracies:
        try:
            threshold = model.threshold(target)
        except RequestError:
            continue
        assert threshold is not None
        depths = depths_at(path_probs, threshold)
        is_said = np.arange(targets.shape[1]) < depths[:, None]
        is_right = ((preds == targets) | ~is_said)[is_labelled].all(axis=1)
        of_answers = {"accuracy": over_labelled(share(is_right), is_labelled)}
        counts = np.bincount(depths, minlength=targets.shape[1] + 1)
        yield Promise(
            target,
            threshold,
            _intervals(of_answers, weights)["accuracy"],
            tuple((counts / len(depths)).tolist()),
        )
