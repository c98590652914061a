"""The difference of two studies on the same test images, whose seeds are not paired."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from taskgraft.statistics._contrast import checked, of_many
from taskgraft.statistics._finite import FloatArray
from taskgraft.statistics._interval import Interval
from taskgraft.statistics._partitions import by_partition
from taskgraft.statistics._student import ROUNDING, Bounds, student_interval

Runs = tuple[npt.ArrayLike, npt.ArrayLike]


def unpaired_interval(
    first: Runs,
    second: Runs,
    level: float = 0.95,
    bounds: Bounds | None = None,
    partitions: tuple[Sequence[int] | None, Sequence[int] | None] = (None, None),
) -> Interval:
    """Interval and p-value of one study's mean score less another's, on the same test images.

    The two may have other seeds, and other numbers of them: each study's runs are an independent draw. The
    images are the same, so what both find hard cancels. The interval covers the difference that would be had
    over all seeds and all images of the kind; it is a Student t with the standard error and degrees of
    freedom of `unpaired_error`.

    Args:
        first: The one study's score on the test split, for each of its S seeds, shape (S,), and the same
            under each resampling of the test images, shape (S, R).
        second: Those of the other, for its own seeds, under the same R resamplings.
        level: Confidence, between 0 and 1.
        bounds: Of shares the ends of their difference, -1 and 1, and the number of images.
        partitions: Of each study, as for `contrast_interval`. Nothing is made of those that both have.

    Returns:
        The interval of first less second, with its two-sided p against zero. `num_seeds` is the smaller of
        the two numbers. With one seed in either study it is a normal one over the test images alone, and its
        p is None.

    Raises:
        DataError: For a NaN or an infinity.
        RequestError: For shapes or a level that make no sense.

    Example:
        >>> more = [0.53, 0.54], [[0.52, 0.54, 0.53], [0.53, 0.55, 0.54]]
        >>> less = [0.50, 0.50, 0.51], [[0.49, 0.51, 0.50], [0.49, 0.51, 0.50], [0.50, 0.52, 0.51]]
        >>> interval = unpaired_interval(more, less)
        >>> round(interval.estimate, 4), round(interval.low, 4), round(interval.high, 4), interval.num_seeds
        (0.0317, 0.0044, 0.0589, 2)
    """
    (values, draws), (other_values, other_draws) = (
        by_partition(*checked(*runs, level), of_study)
        for runs, of_study in zip((first, second), partitions, strict=True)
    )
    num_seeds = len(values), len(other_values)
    estimate = float(values.mean() - other_values.mean())
    estimate = 0.0 if abs(estimate) < ROUNDING else estimate
    means = draws.mean(axis=0), other_draws.mean(axis=0)
    difference_variance = (means[0] - means[1]).var(ddof=1)
    if min(num_seeds) == 1:
        return student_interval(estimate, math.sqrt(difference_variance), math.inf, 1, level, bounds)
    of_studies = (
        [values.var(ddof=1), other_values.var(ddof=1)],
        [mean.var(ddof=1) for mean in means],
        [of_study.var(axis=1, ddof=1).mean() for of_study in (draws, other_draws)],
    )
    error, freedom = unpaired_error(*of_studies, difference_variance, num_seeds)
    interval = student_interval(estimate, float(error), float(freedom), min(num_seeds), level, bounds)
    # The worst case is that of the study with fewer seeds, beside a known part of any size: what images do,
    # or what the other study does, whose seeds may be many.
    return of_many([interval], min(num_seeds), np.zeros(1))[0]


def unpaired_error(
    seed_variances: Sequence[npt.ArrayLike],
    image_variances: Sequence[npt.ArrayLike],
    run_variances: Sequence[npt.ArrayLike],
    difference_variance: npt.ArrayLike,
    num_seeds: tuple[int, int],
) -> tuple[FloatArray, FloatArray]:
    """Standard error and degrees of freedom of a difference of means over unpaired seeds, paired images.

    With d[study, s, i] = mean[study] + seed[study, s] + image[study, i] + rest[study, s, i], the difference
    of two means over S and T seeds and N common images has the variance

        var(seed) / S + var(rest) / (S N)  of each study  +  var(image[first] - image[second]) / N.

    E, what resampled images do to each seed of a study apart, is had within each study as in `two_way_error`;
    C is what they do to the difference of the means, less what of it is E:

        C       = difference_variance - E / S - E' / T
        error^2 = max(seed_variance, E) / S + max(seed_variance', E') / T + C

    Degrees of freedom are Satterthwaite's, S - 1 and T - 1 for the first two parts and infinitely many for C.

    Args:
        seed_variances: Of each study, the variance of its values, by S - 1: two of shape (...).
        image_variances: Bootstrap variance, over images, of each study's mean over seeds: two of shape (...).
        run_variances: Bootstrap variance, over images, of a single seed; mean over seeds: two of shape (...).
        difference_variance: Bootstrap variance of the difference of the two means: shape (...).
        num_seeds: S and T, each at least 2.

    Source:
        Welch, *The generalization of Student's problem when several different population variances are
        involved*, Biometrika 34, 1947; for the rest see `two_way_error`.

    Example:
        >>> error, freedom = unpaired_error([2e-4, 2e-4], [1.5e-4, 1.5e-4], [2e-4, 2e-4], 1e-4, (2, 2))
        >>> round(float(error), 4), round(float(freedom), 1)
        (0.0141, 2.0)
    """
    parts = seed_variances, image_variances, run_variances
    seeds = [_of_seeds(*of_study) for of_study in zip(*parts, num_seeds, strict=True)]
    common = np.maximum(np.asarray(difference_variance, np.float64) - sum(apart for _, apart in seeds), 0)
    variance = common + sum(part for part, _ in seeds)
    spread = sum(part**2 / (n - 1) for (part, _), n in zip(seeds, num_seeds, strict=True))
    freedom = np.divide(variance**2, spread, out=np.full(np.shape(variance), np.inf), where=spread > 0)
    return np.sqrt(variance), freedom


def _of_seeds(
    seed_variance: npt.ArrayLike, image_variance: npt.ArrayLike, run_variance: npt.ArrayLike, num_seeds: int
) -> tuple[FloatArray, FloatArray]:
    """What one study's seeds add to the variance of its mean, and the least that images make of it."""
    image_part, run_variance = np.asarray(image_variance, np.float64), np.asarray(run_variance, np.float64)
    common = np.maximum((num_seeds * image_part - run_variance) / (num_seeds - 1), 0)
    apart = run_variance - common
    return np.maximum(seed_variance, apart) / num_seeds, apart / num_seeds
