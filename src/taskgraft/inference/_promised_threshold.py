"""The threshold that keeps a promise, or why none does."""

from __future__ import annotations

import math

from taskgraft.errors import RequestError
from taskgraft.inference._description import PromiseDescription
from taskgraft.kinds import NONE, NUMBER, WHOLE_NUMBER, check_kinds
from taskgraft.parameter import Parameter


def promised_threshold(
    described: PromiseDescription | None,
    target_accuracy: float | None,
    confidence: float,
    num_future: int | None,
) -> float | None:
    """The least certainty of a class that is said, as `Model.threshold` gives it.

    Args:
        described: What validation images say; None where there is no promise.
        target_accuracy: As there.
        confidence: As there.
        num_future: As there.

    Raises:
        RequestError: If validation images cannot promise it.
    """
    check_kinds(
        {"target_accuracy": target_accuracy, "confidence": confidence, "num_future": num_future},
        {"target_accuracy": NUMBER | NONE, "confidence": NUMBER, "num_future": WHOLE_NUMBER | NONE},
    )
    if target_accuracy is None:
        return None
    for name, value in {"target_accuracy": target_accuracy, "confidence": confidence}.items():
        if not 0 < value < 1:
            raise RequestError.expected(Parameter(name), "above 0 and below 1", value, "Try 0.95.")
    if num_future is not None and num_future < 1:
        raise RequestError.expected("num_future", "1 or more", num_future, "Leave it out.")
    if described is None:
        raise RequestError.expected(
            Parameter("target_accuracy"),
            "left out for a model without a tree, without validation images labelled at every level, or "
            "whose tree was remapped since",
            target_accuracy,
            "Predict without it.",
        )
    promise = described.promise()
    threshold = promise.threshold(target_accuracy, confidence, num_future)
    if threshold is None:
        # Rounded down: what the message names can be promised.
        most = math.floor(promise.highest_target(confidence) * 1000) / 1000
        limit = f"at most {most:g}" if num_future is None else f"for the next {num_future:,}"
        raise RequestError.expected(
            Parameter("target_accuracy"),
            f"one that {promise.num_images:,} validation images can promise ({limit})",
            target_accuracy,
            "Ask for less, or train with more validation images.",
        )
    return threshold
