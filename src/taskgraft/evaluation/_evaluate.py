"""A trained model on labelled data: every score, every class, and how far down it may be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.evaluation._cautions import cautions_of, notes_of, reason_of
from taskgraft.evaluation._class_match import match_classes
from taskgraft.evaluation._confusions import confusions_of
from taskgraft.evaluation._evaluation import Evaluation
from taskgraft.evaluation._image_answers import Logits, answer
from taskgraft.evaluation._intervals import intervals_of
from taskgraft.evaluation._labelled_data import labelled_data
from taskgraft.evaluation._level_calibration import calibrations_of
from taskgraft.evaluation._promises import kept_of, promises_of
from taskgraft.evaluation._rule_risks import rule_risks_of
from taskgraft.inference import Model
from taskgraft.kinds import NAME, NONE, PATH, WHOLE_NUMBER, Kind, check_kinds
from taskgraft.models import check_taxonomy_digest, load_model
from taskgraft.parameter import Parameter
from taskgraft.scores import Measurement, about, class_scores, measurements, over_labelled, share
from taskgraft.statistics import Interval
from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.verdict import worst_confusions

FULL_PATH = "full-path"
_MODEL = Kind(("a model",), lambda value: isinstance(value, Model))
_SHARES = Kind(("a number", "numbers"), lambda value: all(isinstance(one, Real) for one in _listed(value)))
_DATA = Kind(("a dataset",), lambda value: isinstance(value, Dataset))


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def evaluate(
    model: Model | Path | str,
    data: Dataset | Path | str,
    *,
    split: str | None = None,
    variant: str | None = None,
    seed: int | None = None,
    taxonomy_digest: str | None = None,
    target_accuracies: Sequence[float] | float | None = None,
    **options: Any,
) -> Evaluation:
    """Scores a trained model on labelled images.

    Classes are matched by the path of their names; those that the model does not have, and those without
    images, are named in the result and count nowhere.

    Args:
        model: A model, or what `load_model` takes.
        data: Labelled images, or what `load` takes. Pictures are loaded in the model's size and fit, in the
            splits that they bring.
        split: `train`, `val` or `test`; `all` for every image. Unless given, the test split or, where the
            data bring none, all images.
        variant: Of a study, as in `load_model`.
        seed: Likewise.
        taxonomy_digest: Of the tree that the model has to have; any unless given.
        target_accuracies: Promises to look at, one or several. Unless given, 0.8, 0.9, 0.95 and 0.99, as far
            as the model's validation images can promise them.
        **options: Of `load`.

    Raises:
        RequestError: If the images are of another shape, there is no such split, no class matches, the
            model has another tree than demanded, or a promise cannot be made.
        DataError: If the data cannot be read.

    Example:
        >>> evaluation = evaluate("study", "photos/", variant="shared")  # doctest: +SKIP
        >>> evaluation.decoded["full-path"]  # doctest: +SKIP
        Interval(estimate=0.81, low=0.79, high=0.83, num_seeds=1, p=None)
    """
    kinds = {"model": _MODEL | PATH, "data": _DATA | PATH, "split": NAME | NONE}
    kinds |= {"variant": NAME | NONE, "seed": WHOLE_NUMBER | NONE, "target_accuracies": _SHARES | NONE}
    kinds |= {"taxonomy_digest": NAME | NONE}
    given: dict[str, Any] = {"model": model, "data": data, "split": split, "variant": variant, "seed": seed}
    given |= {"taxonomy_digest": taxonomy_digest, "target_accuracies": target_accuracies}
    check_kinds(given, kinds)
    model = _loaded(model, variant, seed)
    check_taxonomy_digest(model, taxonomy_digest)
    opened = labelled_data(model, data, options)
    name, chosen = opened.chosen(split)
    # What cannot be promised is refused before the images are predicted.
    promised = promises_of(model, None if target_accuracies is None else [*_listed(target_accuracies)])
    match = match_classes(
        opened.data.labels[chosen], opened.data.taxonomy, model.taxonomy, opened.data.only_classes
    )
    logits, answers = answer(model, opened.data, chosen, match.targets)
    described: dict[str, Any] = {
        "origin": model.description.origin,
        "source": opened.data.provenance.source,
        "split": name,
        "split_reason": reason_of(opened, name, is_chosen=split is not None),
        "num_images": len(chosen),
        "taxonomy": model.taxonomy,
        "decoding": model.description.decoding,
        "match": match,
        "cautions": tuple(cautions_of(model, opened, name, chosen, match.targets)),
        "notes": (*notes_of(match, model.taxonomy), *opened.data.provenance.remarks),
        "promises": tuple(kept_of(promised.made, answers, match.targets)),
        "not_promised": promised.not_made,
        "promising_images": promised.num_images,
        "rule_risks": rule_risks_of(answers, match.targets, model.taxonomy),
        "calibrations": calibrations_of(model, answers, match.targets),
    }
    return Evaluation(**described, **_scored(logits, answers.preds, match.targets, model.taxonomy))


def _loaded(model: Model | Path | str, variant: str | None, seed: int | None) -> Model:
    if not isinstance(model, Model):
        return load_model(model, variant=variant, seed=seed)
    for name, value in {"variant": variant, "seed": seed}.items():
        if value is not None:
            raise RequestError.expected(
                Parameter(name), "left out where the model is loaded already", value, "Leave it out."
            )
    return model


def _scored(logits: Logits, preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> dict[str, Any]:
    """The parts of an evaluation that are scores of logits and of the decided path."""
    num_images = len(targets)
    confusions = confusions_of(preds, targets, taxonomy)
    return {
        "num_labelled": dict(zip(taxonomy.level_names, (targets >= 0).sum(axis=0).tolist(), strict=True)),
        "scores": intervals_of(measurements(logits, targets, taxonomy), num_images, _is_share),
        "decoded": accuracies_of(preds, targets, taxonomy),
        "classes": {
            level: class_scores(preds[:, i], targets[:, i], taxonomy.num_classes[i])
            for i, level in enumerate(taxonomy.level_names)
        },
        "confusions": confusions,
        "confused": worst_confusions(confusions, taxonomy),
    }


def _is_share(score: str) -> bool:
    return about(score).unit == "%"


def accuracies_of(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> dict[str, Interval]:
    """Accuracy of each level, of the images that are labelled there, and of the full path.

    Args:
        preds: Predicted classes, shape (N, L).
        targets: True ones, -1 where not known.
        taxonomy: The L levels.

    Returns:
        By level and under `FULL_PATH`, with intervals over images.
    """
    is_labelled, is_right = targets >= 0, preds == targets
    measured: dict[str, Measurement] = {
        name: over_labelled(share(is_right[is_labelled[:, i], i]), is_labelled[:, i])
        for i, name in enumerate(taxonomy.level_names)
        if is_labelled[:, i].any()
    }
    everywhere = np.asarray(is_labelled.all(axis=1))
    if taxonomy.num_levels > 1 and everywhere.any():
        measured[FULL_PATH] = over_labelled(share(is_right[everywhere].all(axis=1)), everywhere)
    return intervals_of(measured.items(), len(targets))
