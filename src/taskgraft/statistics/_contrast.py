"""A contrast between runs with its interval, over seeds and test images both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.statistics._finite import FloatArray, finite
from taskgraft.statistics._interval import Interval
from taskgraft.statistics._looks import Look, Looks, OnlyLook
from taskgraft.statistics._partitions import by_partition
from taskgraft.statistics._student import ROUNDING, Bounds, student_interval


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
    num_seeds = len(np.atleast_1d(values))
    values, draws = by_partition(*checked(values, draws, level), partitions)
    num_units = len(values)
    image_variance = draws.mean(axis=0).var(ddof=1)
    estimate = float(values.mean())
    if num_units == 1:
        return student_interval(estimate, math.sqrt(image_variance), math.inf, 1, level, bounds)
    run_variance = draws.var(axis=1, ddof=1).mean()
    parts = variance_parts(values.var(ddof=1), image_variance, run_variance, num_units)
    both = float(parts[0]), float(parts[1])
    return interval_at(estimate, both, num_seeds, level, bounds, looks, num_units)


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
    error, freedom, look = error_at(parts, num_seeds, looks, num_units)
    interval = student_interval(estimate, error, freedom, num_seeds, look.confidence(level), bounds)
    return replace(interval, p=None if interval.p is None else look.corrected(interval.p))


def error_at(
    parts: tuple[float, float], num_seeds: int, looks: Looks | None, num_units: int | None = None
) -> tuple[float, float, Look]:
    """Standard error and degrees of freedom over two draws or more, and the look that is taken at the seeds.

    Where it is one of several looks, Satterthwaite's degrees of freedom are too many: levels are fine then,
    and the approximation is weak far out. Taken is the geometric mean of them and the S - 1 of the seeds,
    or of the partitions that they are on.
    """
    num_units = num_seeds if num_units is None else num_units
    between, common = np.asarray(parts[0]), np.asarray(parts[1])
    error, freedom = (float(value) for value in error_of(between, common, num_units))
    if looks is None or looks.is_only(num_seeds):
        return error, freedom, OnlyLook()
    freedom = math.sqrt((num_units - 1) * freedom)
    effective = float(between + common) / error**2 if error > 0 else float(num_units)
    return error, freedom, looks.at(num_seeds, freedom, effective)


def two_way_error(
    seed_variance: npt.ArrayLike, image_variance: npt.ArrayLike, run_variance: npt.ArrayLike, num_seeds: int
) -> tuple[FloatArray, FloatArray]:
    """Standard error of a mean over seeds when seeds and test images are random, and its degrees of freedom.

    With d[s, i] = mean + seed[s] + image[i] + rest[s, i], the mean over S seeds and N images has the variance

        var(seed) / S + var(image) / N + var(rest) / (S N).

    The variance between seeds, over S, estimates the first and last term together. The second, C, is what
    resampled images do to all seeds alike; E is what they do to each seed apart:

        C = (S image_variance - run_variance) / (S - 1)        E = run_variance - C
        error^2 = max(seed_variance, E) / S + C

    Two or three seeds often lie closer together than they should. E is known from thousands of images, and
    seeds cannot vary less than it: that is the lower bound. Degrees of freedom are Satterthwaite's, S - 1 for
    the first part and infinitely many for C.

    Args:
        seed_variance: Variance of the S values, by S - 1; any shape.
        image_variance: Bootstrap variance, over images, of the mean over seeds.
        run_variance: Bootstrap variance, over images, of a single seed's value; mean over seeds.
        num_seeds: S, at least 2.

    Source:
        Cameron, Gelbach and Miller, *Robust inference with multiway clustering*, Journal of Business and
        Economic Statistics 29, 2011: both variances less the one they share. Satterthwaite, *An approximate
        distribution of estimates of variance components*, Biometrics Bulletin 2, 1946. The lower bound is
        ours; what it is worth is measured in `docs/statistics.md`.

    Example:
        >>> error, freedom = two_way_error(2e-4, 1.5e-4, 2e-4, num_seeds=2)
        >>> round(float(error), 4), round(float(freedom), 1)
        (0.0141, 4.0)
    """
    return error_of(*variance_parts(seed_variance, image_variance, run_variance, num_seeds), num_seeds)


def variance_parts(
    seed_variance: npt.ArrayLike, image_variance: npt.ArrayLike, run_variance: npt.ArrayLike, num_seeds: int
) -> tuple[FloatArray, FloatArray]:
    """What of `two_way_error` more seeds make smaller, max(seed_variance, E), and what they do not, C."""
    image_part, run_variance = np.asarray(image_variance, np.float64), np.asarray(run_variance, np.float64)
    common = np.asarray(np.maximum((num_seeds * image_part - run_variance) / (num_seeds - 1), 0))
    return np.asarray(np.maximum(seed_variance, run_variance - common)), common


def error_of(between: FloatArray, common: FloatArray, num_seeds: int) -> tuple[FloatArray, FloatArray]:
    """Standard error and degrees of freedom with so many seeds, from the two parts of the variance."""
    seeds = np.asarray(between / num_seeds)
    ratio = np.divide(common, seeds, out=np.full(np.shape(common + seeds), np.inf), where=seeds > 0)
    return np.sqrt(seeds + common), (num_seeds - 1) * (1 + ratio) ** 2


def checked(values: npt.ArrayLike, draws: npt.ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
    """Contrasts (S,) and resampled ones (S, R) as float64, when they and the level make sense."""
    values, draws = finite(values, "the contrasts of the seeds"), finite(draws, "the resampled contrasts")
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
    return np.where(np.abs(values) < ROUNDING, 0, values), np.where(np.abs(draws) < ROUNDING, 0, draws)
