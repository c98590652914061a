"""Which images a score speaks of: those that have a label."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.errors import DataError
from taskgraft.taxonomy import IntArray


def labelled(targets: IntArray) -> slice | npt.NDArray[np.bool_]:
    """Index of the labelled images, at every level where there are several; all of them without a copy.

    Args:
        targets: True classes, -1 where there is no label: shape (N,) or (N, L).

    Raises:
        DataError: If no image is labelled: then there is no score.

    Example:
        >>> labelled(np.array([2, -1, 0])).tolist(), labelled(np.array([2, 1, 0]))
        ([True, False, True], slice(None, None, None))
    """
    is_labelled = (targets if targets.ndim == 1 else np.min(targets, axis=1)) >= 0
    if not is_labelled.any():
        raise DataError.expected(
            "targets", "known for one image or more", f"none among {len(targets)}", "Leave the score out."
        )
    return slice(None) if is_labelled.all() else is_labelled
