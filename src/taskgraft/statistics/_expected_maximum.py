"""What the best of a few trials may be expected to be, from the trials that were done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def expected_maximum(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Expected best of n trials drawn from those that were done, with replacement, for n from 1 to all.

    Source:
        Dodge et al. (2019), "Show Your Work: Improved Reporting of Experimental Results", section 3.1. Its
        trials are independent draws; those of a search that learns are not, and the curve is then one of the
        trials in any order.

    Args:
        values: The score of each of N trials.

    Returns:
        Shape (N,).

    Example:
        >>> expected_maximum([0.5, 0.7]).round(3).tolist()
        [0.6, 0.65]
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    counts = np.arange(1, len(ordered) + 1)
    at_most = (counts / len(ordered)) ** counts[:, None]
    shares = np.diff(at_most, axis=1, prepend=0.0)
    expected: npt.NDArray[np.float64] = shares @ ordered
    return expected
