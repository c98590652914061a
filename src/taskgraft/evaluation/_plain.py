"""An evaluation as plain data and as a table."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from taskgraft.csv_bytes import csv_bytes
from taskgraft.evaluation._evaluation import Evaluation
from taskgraft.statistics import Interval
from taskgraft.verdict import class_rows

_JOINT = " > "


def plain(evaluation: Evaluation) -> dict[str, Any]:
    """Everything an evaluation says, as plain data for JSON; what cannot be said is None.

    Args:
        evaluation: The evaluation.
    """
    match = evaluation.match
    return {
        "model": {
            **evaluation.origin.model_dump(),
            "decoding": evaluation.decoding,
            "taxonomy_digest": evaluation.taxonomy.digest(),
        },
        "data": evaluation.source,
        "split": evaluation.split,
        "split_reason": evaluation.split_reason,
        "num_images": evaluation.num_images,
        "num_labelled": evaluation.num_labelled,
        "intervals_over": "images",
        "cautions": list(evaluation.cautions),
        "notes": list(evaluation.notes),
        "scores": {name: _interval(one) for name, one in evaluation.scores.items()},
        "decoded_accuracies": {name: _interval(one) for name, one in evaluation.decoded.items()},
        "classes": [asdict(row) for row in class_rows(evaluation.classes, evaluation.taxonomy)],
        "confusions": [asdict(one) for one in evaluation.confused],
        "calibrations": {level: asdict(one) for level, one in evaluation.calibrations.items()},
        "promises": [{**asdict(one), "accuracy": _interval(one.accuracy)} for one in evaluation.promises],
        "not_promised": list(evaluation.not_promised),
        "promising_images": evaluation.promising_images,
        "rule_risks": [asdict(one) for one in evaluation.rule_risks],
        "unmatched_classes": [asdict(one) for one in match.unmatched],
        "classes_without_images": {level: list(names) for level, names in match.without_images.items()},
        "levels_left_out": list(match.left_out),
        "levels_derived": list(match.derived),
    }


def classes_csv(evaluation: Evaluation) -> bytes:
    """The classes as CSV: level, class, path, precision, recall, f1, support, num_predicted."""
    rows = list(class_rows(evaluation.classes, evaluation.taxonomy))
    return csv_bytes(
        {
            "level": [row.level for row in rows],
            "class": [row.path[-1] for row in rows],
            "path": [_JOINT.join(row.path) for row in rows],
            "precision": [row.precision for row in rows],
            "recall": [row.recall for row in rows],
            "f1": [row.f1 for row in rows],
            "support": [row.support for row in rows],
            "num_predicted": [row.num_predicted for row in rows],
        }
    )


def _interval(interval: Interval) -> dict[str, float]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}
