"""The classes of a level: how well each is predicted, and which are taken for which."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from taskgraft.scores import ClassScores, class_scores_of
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict._prediction_records import Confusion

MOST_CONFUSED = 50


@dataclass(frozen=True)
class ClassRow:
    """One class.

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


@dataclass(frozen=True)
class Confused:
    """Two classes taken for one another: `num_images` images of `true` were predicted as `predicted`."""

    level: str
    true: str
    predicted: str
    num_images: int


def class_rows(classes: Mapping[str, ClassScores], taxonomy: Taxonomy) -> Iterator[ClassRow]:
    """Every class of every level, coarsest level first, in the order of the taxonomy.

    Args:
        classes: By level, the scores of its classes.
        taxonomy: The levels.
    """
    for number, level in enumerate(taxonomy.level_names):
        scores = classes[level]
        columns = (scores.precision, scores.recall, scores.f1, scores.support, scores.num_predicted)
        rows = zip(taxonomy.paths(number), *(column.tolist() for column in columns), strict=True)
        for path, precision, recall, f1, support, num_predicted in rows:
            yield ClassRow(
                level, path, _or_none(precision), _or_none(recall), _or_none(f1), support, num_predicted
            )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def scores_of_classes(confusions: Sequence[Confusion], taxonomy: Taxonomy) -> dict[str, ClassScores]:
    """By level, the scores of its classes, all runs of a variant together.

    Args:
        confusions: Of the variant, level by level.
        taxonomy: The levels.

    Example:
        >>> taxonomy = Taxonomy.from_names(["fruit"], [("pear",), ("plum",)])
        >>> scores = scores_of_classes([Confusion("fruit", ((0, 0, 3), (0, 1, 1), (1, 1, 2)))], taxonomy)
        >>> scores["fruit"].recall.tolist(), scores["fruit"].support.tolist()
        ([0.75, 1.0], [4, 2])
    """
    scores = {}
    for confusion, num_classes in zip(confusions, taxonomy.num_classes, strict=True):
        cells = np.array(confusion.cells, dtype=np.int64).reshape(-1, 3)
        is_right = cells[:, 0] == cells[:, 1]
        hits, support, predicted = (
            np.bincount(column, weights, num_classes).astype(np.int64)
            for column, weights in (
                (cells[is_right, 0], cells[is_right, 2]),
                (cells[:, 0], cells[:, 2]),
                (cells[:, 1], cells[:, 2]),
            )
        )
        scores[confusion.level] = class_scores_of(hits, support, predicted)
    return scores


def worst_confusions(confusions: Sequence[Confusion], taxonomy: Taxonomy) -> tuple[Confused, ...]:
    """The most frequent mistakes of each level, at most fifty of each, the most frequent first.

    Args:
        confusions: Level by level.
        taxonomy: The levels.
    """
    worst: list[Confused] = []
    for confusion, level in zip(confusions, taxonomy.levels, strict=True):
        mistakes = [cell for cell in confusion.cells if cell[0] != cell[1]]
        mistakes.sort(key=lambda cell: -cell[2])
        worst += (
            Confused(level.name, level.classes[true], level.classes[predicted], number)
            for true, predicted, number in mistakes[:MOST_CONFUSED]
        )
    return tuple(worst)


def times(number: int) -> str:
    """How often something happened.

    Example:
        >>> times(1), times(2), times(1200)
        ('once', 'twice', '1,200 times')
    """
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")
