"""The mean of an effect over datasets, each of which counts once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from taskgraft.errors import RequestError
from taskgraft.statistics._interval import Interval
from taskgraft.statistics._student import student_interval


def across_interval(effects: Sequence[float]) -> Interval:
    """Student's interval of the mean of D effects, one a dataset.

    What differs from dataset to dataset and what chance in seeds and images adds to each are one variance
    here, which the effects themselves show: no dataset weighs more for having more images, and the interval
    speaks of datasets like these.

    Args:
        effects: Of each dataset, two or more.

    Returns:
        `num_seeds` is the number of datasets: the independent draws that it rests on.

    Raises:
        RequestError: For fewer than two.

    Example:
        >>> mean = across_interval([0.01, 0.02, 0.03])
        >>> round(mean.low, 4), round(mean.high, 4), mean.num_seeds
        (-0.0048, 0.0448, 3)
    """
    values = np.asarray(effects, dtype=np.float64)
    if len(values) < 2:
        raise RequestError.expected("the datasets", "two or more", len(values), "Name studies of other data.")
    error = float(values.std(ddof=1)) / len(values) ** 0.5
    return student_interval(float(values.mean()), error, len(values) - 1, len(values))
