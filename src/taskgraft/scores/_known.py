"""Which images a score speaks of: those whose class is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.errors import DataError
from taskgraft.taxonomy import IntArray


def known_images(targets: IntArray) -> slice | npt.NDArray[np.bool_]:
    """Index of the images whose class is known, at every level where there are several; all, without a copy.

    Args:
        targets: True classes, -1 where not known: shape (N,) or (N, L).

    Raises:
        DataError: If there is no such image: then there is no score.

    Example:
        >>> known_images(np.array([2, -1, 0])).tolist(), known_images(np.array([2, 1, 0]))
        ([True, False, True], slice(None, None, None))
    """
    is_known = (targets if targets.ndim == 1 else np.min(targets, axis=1)) >= 0
    if not is_known.any():
        raise DataError.expected(
            "targets", "known for one image or more", f"none among {len(targets)}", "Leave the score out."
        )
    return slice(None) if is_known.all() else is_known
