"""A contrast between runs with its interval, over seeds and test images both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.statistics._finite import FloatArray, finite
from taskgraft.statistics._interval import Interval
from taskgraft.statistics._looks import Looks
from taskgraft.statistics._partitions import by_partition
from taskgraft.statistics._student import ROUNDING, Bounds, student_interval
from taskgraft.statistics._two_way import error_of, error_of_one, floors_of, look_taken, variance_parts
from taskgraft.statistics._worst_seeds import worst_p


def contrast_interval(
    values: npt.ArrayLike,
    draws: npt.ArrayLike,
    level: float = 0.95,
    bounds: Bounds | None = None,
    looks: Looks | None = None,
    partitions: Sequence[int] | None = None,
) -> Interval:
    """Interval and p-value of a contrast that was measured once for each seed.

    A contrast is any number computed from the runs of one seed: a difference between two architectures, a
    factorial effect, a mean relative gain, or one architecture's own score. Its interval covers the value
    that would be had over all seeds and all images the test split was drawn from. It is a Student t with
    the standard error and degrees of freedom of `two_way_error`.

    Args:
        values: The contrast on the whole test split, for each seed: shape (S,).
        draws: The same under each resampling of the test images, the same resamplings for every seed:
            shape (S, R), R at least 2. A few hundred do.
        level: Confidence, between 0 and 1.
        bounds: Of a sum of weighted shares the ends that it cannot leave, and the number of images.
        looks: How a study that grows by seeds is looked at: the intervals of all looks then hold together,
            and p is that of the whole sequence. Without it this is the only look.
        partitions: Of each seed its partition of train and test images, for the interval to cover partitions,
            too; None where all have the same. A resampling has one weight for each image, whichever
            partitions test it.

    Returns:
        The interval, with its two-sided p against zero. With one seed, or one partition of several, it is a
        normal one over the test images alone, and its p is None. Where nothing varies it has no width, unless
        it has bounds.

    Raises:
        DataError: For a NaN or an infinity.
        RequestError: For shapes or a level that make no sense.

    Example:
        >>> values, draws = [0.02, 0.03], [[0.01, 0.03, 0.02], [0.02, 0.04, 0.03]]
        >>> interval = contrast_interval(values, draws)
        >>> interval.estimate, round(interval.low, 4), round(interval.high, 4), round(interval.p, 4)
        (0.025, 0.002, 0.048, 0.0345)
    """
    values, draws = checked(values, draws, level)
    return contrast_intervals(values[None], draws[None], [bounds], level, looks, partitions)[0]


def contrast_intervals(
    values: FloatArray,
    draws: FloatArray,
    bounds: Sequence[Bounds | None],
    level: float = 0.95,
    looks: Looks | None = None,
    partitions: Sequence[int] | None = None,
) -> list[Interval]:
    """The intervals of many contrasts over the same seeds: what `contrast_interval` gives, to the last bit.

    Args:
        values: Of every contrast, as `settled` returns them: shape (Q, S).
        draws: The same of its resamplings: shape (Q, S, R).
        bounds: Of every contrast: Q of them.
        level: As for `contrast_interval`.
        looks: As for `contrast_interval`.
        partitions: As for `contrast_interval`.
    """
    num_seeds = values.shape[1]
    if partitions is not None:
        means = [by_partition(*one, partitions) for one in zip(values, draws, strict=True)]
        values, draws = (np.stack(part) for part in zip(*means, strict=True))
    taken = _Taken(num_seeds, values.shape[1], level, looks)
    image_variance = draws.mean(axis=1).var(axis=1, ddof=1)
    estimates = values.mean(axis=1).tolist()
    if taken.num_units == 1:
        errors = np.sqrt(image_variance).tolist()
        return [taken.over_images(*one) for one in zip(estimates, errors, bounds, strict=True)]
    run_variance = draws.var(axis=2, ddof=1).mean(axis=1)
    parts = variance_parts(values.var(axis=1, ddof=1), image_variance, run_variance, taken.num_units)
    pairs = (
        zip(*(of.tolist() for of in two), strict=True) for two in (parts, error_of(*parts, taken.num_units))
    )
    intervals = [taken.interval(*one) for one in zip(estimates, *pairs, bounds, strict=True)]
    if not taken.is_only:
        return intervals
    apart = np.maximum(run_variance - parts[1], 0) / taken.num_units
    return of_many(intervals, taken.num_units, floors_of(apart, parts[1]))


def interval_at(
    estimate: float,
    parts: tuple[float, float],
    num_seeds: int,
    level: float = 0.95,
    bounds: Bounds | None = None,
    looks: Looks | None = None,
    num_units: int | None = None,
) -> Interval:
    """The interval of a contrast over two seeds or more, from the parts of its variance.

    Args:
        estimate: The contrast.
        parts: Of its variance, as `variance_parts` gives them.
        num_seeds: S.
        level: Confidence, between 0 and 1.
        bounds: As for `contrast_interval`.
        looks: As for `contrast_interval`.
        num_units: Partitions that the seeds are on, two or more; None where the seeds are the draws.
    """
    num_units = num_seeds if num_units is None else num_units
    taken = _Taken(num_seeds, num_units, level, looks)
    return taken.interval(estimate, parts, error_of_one(*parts, num_units), bounds)


def of_many(intervals: Sequence[Interval], num_units: int, floors: FloatArray) -> list[Interval]:
    """Intervals that know what their p is worth among several, too.

    Args:
        intervals: Q of them, over two seeds or more.
        num_units: S seeds, or partitions.
        floors: As for `worst_p`: shape (Q,).
    """
    ps = np.array([interval.p for interval in intervals], np.float64)
    family_ps = worst_p(ps, num_units, floors).tolist()
    return [
        Interval(one.estimate, one.low, one.high, one.num_seeds, one.p, family_p)
        for one, family_p in zip(intervals, family_ps, strict=True)
    ]


@dataclass(frozen=True)
class _Taken:
    """What the intervals of contrasts over the same seeds have in common."""

    num_seeds: int
    num_units: int
    level: float
    looks: Looks | None

    @cached_property
    def is_only(self) -> bool:
        """Whether no other look has to be paid for."""
        return self.looks is None or self.looks.is_only(self.num_seeds)

    def over_images(self, estimate: float, error: float, bounds: Bounds | None) -> Interval:
        """Of one seed: normal, with images alone to vary."""
        return student_interval(estimate, error, math.inf, 1, self.level, bounds)

    def interval(
        self, estimate: float, parts: tuple[float, float], error: tuple[float, float], bounds: Bounds | None
    ) -> Interval:
        """Of several, from the parts of the variance, and the error and degrees of freedom they make."""
        if self.is_only:
            return student_interval(estimate, *error, self.num_seeds, self.level, bounds)
        size, freedom, look = look_taken(parts, error, self.num_seeds, self.looks, self.num_units)
        level = look.confidence(self.level)
        interval = student_interval(estimate, size, freedom, self.num_seeds, level, bounds)
        return interval if interval.p is None else replace(interval, p=look.corrected(interval.p))


def checked(values: npt.ArrayLike, draws: npt.ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
    """Contrasts (S,) and resampled ones (S, R), settled, when their shapes and the level make sense."""
    values, draws = settled(values, draws)
    if values.ndim != 1 or not len(values):
        raise RequestError.expected(
            "the contrasts", "one number a seed, shape (S,)", values.shape, "Pass an array of one axis."
        )
    if draws.ndim != 2 or len(draws) != len(values) or draws.shape[1] < 2:
        raise RequestError.expected(
            "the resampled contrasts",
            f"of shape ({len(values)}, R) with at least 2 resamplings",
            draws.shape,
            "Weight every seed's images by the same image_weights.",
        )
    if not 0 < level < 1:
        raise RequestError.expected("the confidence", "between 0 and 1", level, "Pass 0.95.")
    return values, draws


def settled(values: npt.ArrayLike, draws: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Contrasts and resampled ones of any shape, as finite float64 without what rounding left."""
    pair = finite(values, "the contrasts of the seeds"), finite(draws, "the resampled contrasts")
    values, draws = (np.where(np.abs(array) < ROUNDING, 0, array) for array in pair)
    return values, draws
