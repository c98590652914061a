"""The standard error of a mean over seeds and test images, and how it shrinks with more seeds."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from taskgraft.statistics._finite import FloatArray
from taskgraft.statistics._looks import Look, Looks, OnlyLook


def error_at(
    parts: tuple[float, float], num_seeds: int, looks: Looks | None, num_units: int | None = None
) -> tuple[float, float, Look]:
    """Standard error and degrees of freedom over two draws or more, and the look that is taken at the seeds.

    Where it is one of several looks, Satterthwaite's degrees of freedom are too many: levels are fine then,
    and the approximation is weak far out. Taken is the geometric mean of them and the S - 1 of the seeds,
    or of the partitions that they are on.
    """
    num_units = num_seeds if num_units is None else num_units
    return look_taken(parts, error_of_one(*parts, num_units), num_seeds, looks, num_units)


def look_taken(
    parts: tuple[float, float],
    error: tuple[float, float],
    num_seeds: int,
    looks: Looks | None,
    num_units: int,
) -> tuple[float, float, Look]:
    """The same from the error and the degrees of freedom that the parts make."""
    size, freedom = error
    if looks is None or looks.is_only(num_seeds):
        return size, freedom, OnlyLook()
    freedom = math.sqrt((num_units - 1) * freedom)
    effective = (parts[0] + parts[1]) / size**2 if size > 0 else float(num_units)
    return size, freedom, looks.at(num_seeds, freedom, effective)


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


def floors_of(apart: npt.ArrayLike, common: npt.ArrayLike) -> FloatArray:
    """E / S over C, where `worst_p` begins; infinite where images do nothing to all seeds alike."""
    apart, common = np.broadcast_arrays(np.atleast_1d(apart), np.atleast_1d(common))
    return np.asarray(np.divide(apart, common, out=np.full(common.shape, np.inf), where=common > 0))


def error_of(between: FloatArray, common: FloatArray, num_seeds: int) -> tuple[FloatArray, FloatArray]:
    """Standard error and degrees of freedom with so many seeds, from the two parts of the variance."""
    seeds = np.asarray(between / num_seeds)
    ratio = np.divide(common, seeds, out=np.full(np.shape(common + seeds), np.inf), where=seeds > 0)
    return np.sqrt(seeds + common), (num_seeds - 1) * ((1 + ratio) * (1 + ratio))


def error_of_one(between: float, common: float, num_seeds: int) -> tuple[float, float]:
    """The same of one contrast, to the last bit, at a tenth of the time."""
    seeds = between / num_seeds
    ratio = common / seeds if seeds > 0 else math.inf
    return math.sqrt(seeds + common), (num_seeds - 1) * ((1 + ratio) * (1 + ratio))
