"""Numbers of classes that a caller passes."""

from __future__ import annotations

from typing import Any

import numpy as np

from taskgraft.errors import Phrase, RequestError
from taskgraft.taxonomy import IntArray, Taxonomy


def checked_classes(preds: Any, taxonomy: Taxonomy) -> IntArray:
    """Classes of each level as an array, of whatever they came in.

    Args:
        preds: Integers of shape (N, L).
        taxonomy: The L levels.

    Raises:
        RequestError: If they are none of these levels.
    """
    num_levels = taxonomy.num_levels
    try:
        numbers = np.asarray(preds)
    # Rows of different lengths.
    except ValueError:
        numbers = np.empty(0, object)
    if numbers.dtype.kind not in "iu" or numbers.ndim != 2 or numbers.shape[1] != num_levels:
        got = f"{numbers.dtype} of shape {numbers.shape}"
        rule = f"integers of shape (N, {num_levels})"
        raise RequestError.expected("preds", rule, Phrase(got), "Pass the `preds` of `predict`.")
    for level, column in zip(taxonomy.levels, numbers.T, strict=True):
        wrong = column[(column < 0) | (column >= level.num_classes)]
        if len(wrong):
            rule = f"from 0 to {level.num_classes - 1}"
            raise RequestError.expected(
                f"the classes of level {level.name!r}", rule, int(wrong[0]), "Leave such images out."
            )
    return numbers
