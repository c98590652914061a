"""The check that every number a statistic is taken of is one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.errors import DataError

FloatArray = npt.NDArray[np.float64]


def finite(values: npt.ArrayLike, what: str) -> FloatArray:
    """The values as float64, when all of them are finite.

    Args:
        values: Numbers, any shape.
        what: What they are, as the error names them.

    Raises:
        DataError: With how many are NaN or infinite. A NaN compares false with everything, so it would
            pass through most statistics as "no difference".

    Example:
        >>> finite([0.5, 0.25], "the scores").tolist()
        [0.5, 0.25]
    """
    array = np.asarray(values, dtype=np.float64)
    broken = int(np.count_nonzero(~np.isfinite(array)))
    if broken:
        raise DataError.expected(
            what,
            "finite numbers",
            f"{broken} of {array.size} that are NaN or infinite",
            "Leave out the runs that diverged.",
        )
    return array
