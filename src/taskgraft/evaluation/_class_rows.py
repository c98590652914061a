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
        rows = zip(paths_of(evaluation, number), *(column.tolist() for column in columns), strict=True)
        for path, precision, recall, f1, support, num_predicted in rows:
            yield ClassRow(
                level, path, _or_none(precision), _or_none(recall), _or_none(f1), support, num_predicted
            )


def paths_of(evaluation: Evaluation, level: int) -> list[tuple[str, ...]]:
    """The names of each class of a level after those above it; without a tree, alone."""
    taxonomy = evaluation.taxonomy
    names = [each.classes for each in taxonomy.levels]
    above = range(level if taxonomy.is_tree else 0)
    ancestors = [taxonomy.ancestors(i, level).tolist() for i in above]
    return [
        (*(names[i][column[k]] for i, column in zip(above, ancestors, strict=True)), name)
        for k, name in enumerate(names[level])
    ]


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
