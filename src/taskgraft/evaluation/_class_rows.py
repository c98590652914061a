"""The classes of a level, a row each: as JSON, CSV, a page and a terminal show them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from taskgraft.evaluation._evaluation import Evaluation


@dataclass(frozen=True)
class ClassRow:
    """One class of the model.

    Attributes:
        level: Its level.
        path: Its name, after those above it.
        precision: Of the images taken for it, the share that is of it; None where none is.
        recall: Of its images, the share taken for it; None without images.
        f1: The harmonic mean of both; None where there is neither.
        support: Its images.
        num_predicted: Labelled images taken for it.
    """

    level: str
    path: tuple[str, ...]
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    num_predicted: int


def class_rows(evaluation: Evaluation) -> Iterator[ClassRow]:
    """Every class of every level, coarsest level first, in the order of the model."""
    for number, level in enumerate(evaluation.taxonomy.level_names):
        scores = evaluation.classes[level]
        columns = (scores.precision, scores.recall, scores.f1, scores.support, scores.num_predicted)
        rows = zip(evaluation.taxonomy.paths(number), *(column.tolist() for column in columns), strict=True)
        for path, precision, recall, f1, support, num_predicted in rows:
            yield ClassRow(
                level, path, _or_none(precision), _or_none(recall), _or_none(f1), support, num_predicted
            )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
