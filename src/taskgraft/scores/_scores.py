"""From the logits of one split to the scores of one run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from taskgraft.errors import DivergedError, TaskgraftError
from taskgraft.scores._level import FloatArray
from taskgraft.scores._registry import measure
from taskgraft.taxonomy import IntArray, Taxonomy


def score(logits: Sequence[FloatArray], targets: IntArray, taxonomy: Taxonomy) -> dict[str, float]:
    """All scores of one split by name; `about` says what a name means.

    For each level its accuracy and more, such as `accuracy.fine`; for two levels or more also scores across
    them, such as `consistency.coarse>fine`, if they form a tree. Shares are from 0 to 1. A score that no
    label allows is left out.

    Args:
        logits: One array (N, K) per level, coarsest first.
        targets: True classes, int64 of shape (N, L); -1 where there is no label.
        taxonomy: The L levels.

    Raises:
        TaskgraftError: If shapes do not fit the taxonomy, or logits are not finite; the message then names
            the level.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> logits = [np.array([[2.0, 1.0], [2.0, 1.0]]), np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])]
        >>> scores = score(logits, np.array([[0, 0], [0, 0]]), t)
        >>> scores["accuracy.coarse"], scores["accuracy.fine"], scores["mistake_severity"]
        (1.0, 0.5, 2.0)
    """
    _check_shapes(logits, targets, taxonomy)
    for name, level in zip(taxonomy.level_names, logits, strict=True):
        if not np.isfinite(level).all():
            raise DivergedError.expected(
                f"every logit of level {name!r}",
                "a finite number",
                level[~np.isfinite(level)][0],
                "The run diverged: lower the learning rate, or use another recipe.",
            )
    return {name: one.value for name, one in measure(logits, targets, taxonomy).items()}


def _check_shapes(logits: Sequence[FloatArray], targets: IntArray, taxonomy: Taxonomy) -> None:
    num_images = max(len(targets), 1)
    if targets.shape != (num_images, taxonomy.num_levels):
        raise TaskgraftError.expected(
            "targets",
            f"of shape (N, {taxonomy.num_levels}) with N at least 1",
            targets.shape,
            f"Give a row for each image and a column for each of the levels {taxonomy.level_names}.",
        )
    shapes = [np.shape(level) for level in logits]
    expected = [(num_images, num_classes) for num_classes in taxonomy.num_classes]
    if shapes != expected:
        raise TaskgraftError.expected(
            "logits",
            f"one array for each level, coarsest first, of shapes {expected}",
            shapes,
            "Give a row for each image and a column for each class.",
        )
