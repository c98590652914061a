"""Seeds that share a partition of train and test images are one draw of it, whatever their number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.statistics._finite import FloatArray, finite


def by_partition(
    values: FloatArray, draws: FloatArray, partitions: Sequence[int] | None
) -> tuple[FloatArray, FloatArray]:
    """The mean over the seeds of each partition, for contrasts and for resampled ones.

    Seeds on one partition share its train and its test images. So partitions are what a mean has
    independent draws of, and their means are what varies: seeds within them are part of that.

    Args:
        values: The contrast of each seed: shape (S,).
        draws: The same under each resampling: shape (S, R).
        partitions: Of each seed, its partition; None where all seeds have the same train and test images, and
            the seeds themselves are the draws.

    Returns:
        Shapes (P,) and (P, R), for P partitions.

    Raises:
        RequestError: If there is not one partition for each seed.

    Example:
        >>> by_partition(np.array([1.0, 2.0, 3.0]), np.zeros((3, 2)), [0, 1, 0])[0].tolist()
        [2.0, 2.0]
    """
    if partitions is None:
        return values, draws
    if len(partitions) != len(values):
        raise RequestError.expected(
            "the partitions", f"{len(values)}, one for each seed", len(partitions), "Name that of every seed."
        )
    numbers, of_seed = np.unique(partitions, return_inverse=True)
    member = of_seed == np.arange(len(numbers))[:, None]
    weights = member / member.sum(axis=1, keepdims=True)
    return weights @ values, weights @ draws


def partition_parts(values: npt.ArrayLike, partitions: Sequence[int]) -> tuple[float, float] | None:
    """The variance of a contrast between partitions, and that between the seeds of one.

    The first is what partitions do themselves: that of their means, less what their seeds make of it. It is
    estimated roughly, and not below zero.

    Args:
        values: The contrast of each seed: shape (S,).
        partitions: Of each seed, its partition.

    Returns:
        None without two partitions, or where none has two seeds: the data do not show which is which then.

    Source:
        The analysis of variance of a random factor; Searle, Casella and McCulloch, *Variance Components*,
        1992, chapter 4.

    Example:
        >>> partition_parts([1.0, 3.0, 5.0, 7.0], [0, 0, 1, 1])
        (7.0, 2.0)
    """
    array = finite(values, "the contrasts of the seeds")
    groups = [array[np.asarray(partitions) == number] for number in np.unique(partitions)]
    freedom = len(array) - len(groups)
    if len(groups) < 2 or freedom < 1:
        return None
    within = sum(float(((group - group.mean()) ** 2).sum()) for group in groups) / freedom
    means = np.array([group.mean() for group in groups])
    share = float(np.mean([1 / len(group) for group in groups]))
    return max(float(means.var(ddof=1)) - within * share, 0.0), within
