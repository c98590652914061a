"""The registry of scores: each is declared once, measured for every run and shown in every table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from taskgraft.errors import RequestError, unknown_name
from taskgraft.registry import Registry
from taskgraft.scores._images import PathImages
from taskgraft.scores._level import FloatArray
from taskgraft.scores._level_scores import LEVEL_SCORES
from taskgraft.scores._measurement import Measurement, over_labelled
from taskgraft.scores._path_scores import PATH_SCORES
from taskgraft.scores._score import LevelScore, PathScore, Score
from taskgraft.taxonomy import IntArray, Taxonomy

_NAME = re.compile("[a-z][a-z0-9_@]*")
SCORES: Registry[LevelScore | PathScore] = Registry("the score")
"""Every score by its name, in the order of the tables."""

for _score in (*LEVEL_SCORES, *PATH_SCORES):
    SCORES.add(_score.name)(_score)


def register_score(score: LevelScore | PathScore) -> None:
    """Adds a score: every run scored after this has it, and every verdict concluded.

    Args:
        score: The score; its name is not taken.

    Raises:
        RequestError: If the name is taken, or is not of small letters, digits, `_` and `@`.

    Example:
        >>> from taskgraft.scores import SCORES, LevelScore, mean, register_score
        >>> register_score(
        ...     LevelScore(
        ...         "confidence", "{} confidence", "Mean probability of the predicted class.", "%", True,
        ...         lambda level: mean(level.probs.max(axis=1)),
        ...     )
        ... )
        >>> about("confidence.fine").label
        'fine confidence'
        >>> SCORES.remove("confidence")
    """
    if not _NAME.fullmatch(score.name):
        raise RequestError.expected(
            "a score's name",
            "a small letter, then small letters, digits, '_' and '@'",
            score.name,
            "Rename it.",
        )
    SCORES.add(score.name)(score)


def has_further_scores() -> bool:
    """Whether the registry holds other scores than those of this package."""
    entries = {name: SCORES[name] for name in SCORES}
    return entries != {score.name: score for score in (*LEVEL_SCORES, *PATH_SCORES)}


def about(name: str) -> Score:
    """What a score is, with the label of its subject: `name` is one that `measure` gives.

    Raises:
        RequestError: If there is no such score.

    Example:
        >>> nll = about("nll.fine")
        >>> nll.label, nll.unit, nll.is_higher_better
        ('fine NLL', 'nats', False)
        >>> about("consistency.coarse>fine").label, about("hierarchical_distance@5").label
        ('fine in coarse', 'top-5 distance')
    """
    return _of_subject(kind_of(name), name.partition(".")[2])


# Every cell of every table of a report asks for one of a few dozen.
@lru_cache(maxsize=1024)
def _of_subject(score: Score, subject: str) -> Score:
    return replace(score, label=score.label_of(subject))


def kind_of(name: str) -> Score:
    """What kind of score a name is of: the record as it was registered.

    Raises:
        RequestError: If there is no such score.

    Example:
        >>> kind_of("summed_accuracy.coarse").kind_label
        'summed accuracy'
    """
    kind, _, subject = name.partition(".")
    if kind in SCORES:
        score = SCORES[kind]
        if score.has_subject == bool(subject) and (subject or name == kind):
            return score
    raise unknown_name("score", name, list(SCORES))


def measure(logits: Sequence[FloatArray], targets: IntArray, taxonomy: Taxonomy) -> dict[str, Measurement]:
    """All of `measurements`, by name.

    Args:
        logits: One array (N, K) per level, coarsest first.
        targets: True classes, shape (N, L); -1 where there is no label.
        taxonomy: The L levels.
    """
    return dict(measurements(logits, targets, taxonomy))


def measurements(
    logits: Sequence[FloatArray], targets: IntArray, taxonomy: Taxonomy
) -> Iterator[tuple[str, Measurement]]:
    """Every score of one split by name, as it is and under any weights of the images.

    A score speaks of the images that have a label where it looks: at its level; at every level (full path);
    at the finest (severity, distances, HOPS). Consistency looks at no label. Hierarchical precision, recall
    and F1 look at every label, so images labelled at more levels weigh more. A score that would speak of no
    image is left out; without a tree, so are all that need one. Scores across levels are of the independent
    decoding: the arg-max of every level by itself.

    One after another: the terms of some are as large as all logits, and need not stand beside one another.

    Args:
        logits: One array (N, K) per level, coarsest first.
        targets: True classes, shape (N, L); -1 where there is no label.
        taxonomy: The L levels.

    Example:
        >>> import numpy as np
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> logits = [np.array([[2.0, 1.0], [2.0, 1.0]]), np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])]
        >>> score = dict(measurements(logits, np.array([[0, 0], [0, 0]]), t))["consistency.coarse>fine"]
        >>> weights = np.array([[1, 1], [2, 0]])  # the sample itself, and its first image drawn twice
        >>> score.finish(weights @ score.terms / 2).tolist()
        [0.5, 1.0]
    """
    images = PathImages(logits, targets, taxonomy)
    for i in range(taxonomy.num_levels):
        yield from _of_level(images, i)
    if taxonomy.num_levels == 1:
        return
    for score in map(SCORES.__getitem__, SCORES):
        if isinstance(score, PathScore) and (taxonomy.is_tree or not score.needs_tree):
            for subject, measurement in score.measure(images):
                yield f"{score.name}.{subject}" if subject else score.name, measurement


def _of_level(images: PathImages, level: int) -> Iterator[tuple[str, Measurement]]:
    is_labelled = images.is_labelled[:, level]
    if not is_labelled.any():
        return
    of_level, name = images.at_level(level), images.taxonomy.level_names[level]
    for score in map(SCORES.__getitem__, SCORES):
        measurement = score.measure(of_level) if isinstance(score, LevelScore) else None
        if measurement is not None:
            yield f"{score.name}.{name}", over_labelled(measurement, is_labelled)
