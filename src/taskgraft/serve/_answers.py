"""From what a model says to what is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import numpy as np
import numpy.typing as npt
from starlette.responses import Response

from taskgraft.inference import Model, Predictions, identity
from taskgraft.pictures import BadImage
from taskgraft.scores import Answers, depths_at
from taskgraft.serve._served import Served
from taskgraft.taxonomy import Taxonomy

_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def json_response(
    content: Any, status: int = HTTPStatus.OK, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    r"""Plain data as one line of JSON, in ASCII.

    Args:
        content: The data.
        status: Of HTTP.
        headers: Beside the usual ones.

    Example:
        >>> json_response({"error": "Expected é"}).body
        b'{"error": "Expected \\u00e9"}\n'
    """
    body = json.dumps(content, allow_nan=False) + "\n"
    return Response(body, status, {**_HEADERS, **dict(headers)}, "application/json")


def answer(model: Model, predictions: Predictions, num_siblings: int = 0) -> dict[str, Any]:
    """What a model says of the pictures of a request: as `taskgraft predict --json`, and siblings.

    Args:
        model: The model.
        predictions: What it says.
        num_siblings: How many classes to list beside each predicted one.
    """
    content = predictions.to_dict()
    if num_siblings:
        for place, prediction in enumerate(content["predictions"]):
            prediction["siblings"] = _siblings(predictions, place, num_siblings)
    return {"model": identity(model.description), **content}


def answers_to(model: Model, pixels: npt.NDArray[np.uint8]) -> Answers:
    """What a model says of pixels.

    Args:
        model: The model.
        pixels: uint8 of shape (N, C, H, W), of its `image_shape`.
    """
    return model.answers_of(model.logits(pixels))


def part_of(
    answers: Answers,
    place: slice,
    names: Sequence[str],
    taxonomy: Taxonomy,
    *,
    threshold: float | None,
    num_alternatives: int,
    bad: Sequence[BadImage],
    notes: tuple[str, ...] = (),
) -> Predictions:
    """The part of a batch that one request is about, as it wants it.

    Args:
        answers: Of the batch.
        place: Which of it.
        names: Of these pictures.
        taxonomy: Of the model.
        threshold: The least certainty of a class that is sure; None where nothing is demanded.
        num_alternatives: Paths that each prediction lists.
        bad: Further pictures of the request, which could not be read.
        notes: What is good to know of these predictions.
    """
    certainties = answers.certainties[place]
    return Predictions(
        taxonomy,
        tuple(names),
        answers.preds[place],
        tuple(level[place] for level in answers.probs),
        certainties,
        depths_at(certainties, 0.0 if threshold is None else threshold),
        threshold,
        num_alternatives,
        tuple(bad),
        notes,
    )


def described(served: Served) -> dict[str, Any]:
    """A model that is served, with its classes."""
    generation = served.current
    model, taxonomy = generation.model, generation.model.taxonomy
    return {
        "name": served.name,
        "model": identity(model.description),
        "image_shape": model.image_shape,
        "target_accuracy": served.target_accuracy,
        "targets": [{"target_accuracy": t, "threshold": p} for t, p in generation.thresholds.items()],
        "taxonomy": {**taxonomy.to_dict(), "digest": model.description.taxonomy.digest},
    }


def _siblings(predictions: Predictions, place: int, number: int) -> list[list[dict[str, Any]]]:
    """Of each level the likeliest classes that have the parent of the predicted one, and that one."""
    taxonomy, preds = predictions.taxonomy, predictions.preds[place]
    listed = []
    for depth, level in enumerate(taxonomy.levels):
        probs = predictions.probs[depth][place]
        is_sibling = np.ones(len(probs), bool)
        if depth and taxonomy.is_tree:
            is_sibling = taxonomy.parents_of(depth) == preds[depth - 1]
        classes = np.flatnonzero(is_sibling)
        best = classes[np.argsort(-probs[classes], kind="stable")][:number].tolist()
        if preds[depth] not in best:
            best[-1] = int(preds[depth])
        listed.append([{"class": level.classes[k], "prob": float(probs[k])} for k in best])
    return listed
