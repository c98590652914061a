"""What more seeds would show: how many bring an interval below a limit, and what the images leave open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy.typing as npt

from taskgraft.statistics._contrast import checked, interval_at
from taskgraft.statistics._looks import Looks, OnlyLook
from taskgraft.statistics._partitions import by_partition
from taskgraft.statistics._student import Bounds, student_interval, t_quantile
from taskgraft.statistics._two_way import error_at, floors_of, variance_parts
from taskgraft.statistics._worst_seeds import nominal_level

# Of the image variance of one seed's difference the share that other seeds share, where one seed cannot show
# it. LOG.md, 2026-11-29, has what it is in studies.
SHARED_BY_SEEDS = 0.15
MOST_SEEDS = 100
"""More seeds than these are no advice."""


@dataclass(frozen=True)
class VarianceParts:
    """The variance of a contrast, in what more seeds make smaller and what they do not.

    Attributes:
        between: Divided by the number of seeds: what seeds do, and images to each seed apart.
        common: What images do to all seeds alike.
        apart: Of the first, what images do to each seed apart, and seeds cannot vary less than.
    """

    between: float
    common: float
    apart: float = 0.0

    @property
    def numbers(self) -> tuple[float, float, float]:
        """All three, as a record keeps them."""
        return self.between, self.common, self.apart

    @classmethod
    def of(
        cls, values: npt.ArrayLike, draws: npt.ArrayLike, partitions: Sequence[int] | None = None
    ) -> VarianceParts:
        """The parts of a measured contrast; with one seed, of which nothing is known, usual ones.

        Args:
            values: The contrast of each seed: shape (S,).
            draws: The same under each resampling of the images: shape (S, R).
            partitions: As for `contrast_interval`: the parts are then those of partitions.

        Example:
            >>> VarianceParts.of([0.02, 0.03], [[0.01, 0.03, 0.02], [0.02, 0.04, 0.03]])
            VarianceParts(between=5e-05, common=0.0001, apart=0.0)
        """
        values, draws = by_partition(*checked(values, draws, 0.95), partitions)
        image_variance, run_variance = draws.mean(axis=0).var(ddof=1), draws.var(axis=1, ddof=1).mean()
        if len(values) == 1:
            return cls(float(run_variance), float(SHARED_BY_SEEDS * run_variance))
        between, common = variance_parts(values.var(ddof=1), image_variance, run_variance, len(values))
        parts = between, common, max(run_variance - common, 0)
        return cls(*(round(float(part), 18) for part in parts))

    @classmethod
    def usual(cls, num_images: int, pool: int | None = None) -> VarianceParts:
        """The parts of a difference of two variants of some 65 % accuracy, before anything is trained.

        Two of their runs disagree on 26 % of the images, two seeds of one on 22 %, and seeds lie 0.25 points
        apart: the world of `docs/statistics.md`.

        Args:
            num_images: Test images of a run.
            pool: From how many images those of each partition are drawn; None where all runs have the same.
        """
        pool = pool or num_images
        apart = 0.26 / num_images - 0.04 / pool
        return cls(apart + 2 * 0.0025**2, 0.04 / pool, apart)


@dataclass(frozen=True)
class Outlook:
    """What more seeds would make of the upper end of an interval, if its estimate stays as it is.

    Attributes:
        num_seeds: With how many in all it lies below the limit; None where none of `MOST_SEEDS` does.
        floor: Where it lies with endless seeds: what these test images leave open.
    """

    num_seeds: int | None
    floor: float


def outlook(
    estimate: float,
    parts: VarianceParts,
    limit: float,
    at_least: int = 2,
    bounds: Bounds | None = None,
    looks: Looks | None = None,
    most_units: int | None = None,
) -> Outlook:
    """With how many seeds the upper end of a 95 % interval comes to lie below a limit.

    Args:
        estimate: Of the contrast; it is taken to stay.
        parts: Its variance.
        limit: What the upper end has to be below.
        at_least: Seeds to begin with, two or more.
        bounds: Of a sum of weighted shares, as for `contrast_interval`.
        looks: How the study is looked at; the next look is taken to be the one in question.
        most_units: On how many partitions of train and test images seeds are; None where all have the same.
            Further seeds then add little, and are not counted on.

    Example:
        >>> found = outlook(0.001, VarianceParts(between=5e-5, common=4e-6), limit=0.01)
        >>> found.num_seeds, round(found.floor, 4)
        (5, 0.0049)
        >>> outlook(0.02, VarianceParts(between=5e-5, common=4e-6), limit=0.01).num_seeds
    """

    def high(num_seeds: int) -> float:
        both = parts.between, parts.common
        return interval_at(estimate, both, num_seeds, bounds=bounds, looks=looks).high

    floor = student_interval(estimate, math.sqrt(parts.common), math.inf, 2, bounds=bounds).high
    if floor >= limit:
        return Outlook(None, floor)
    counts = range(max(at_least, 2), min(MOST_SEEDS, most_units or MOST_SEEDS) + 1)
    return Outlook(next((n for n in counts if high(n) < limit), None), floor)


_POWER = 0.8


def smallest_difference(
    parts: VarianceParts,
    num_seeds: int | None,
    num_questions: int = 1,
    looks: Looks | None = None,
    num_units: int | None = None,
) -> float:
    """The difference that four studies of five detect at 5 %.

    Args:
        parts: Its variance.
        num_seeds: Two or more; None for endless ones, where the images alone are left.
        num_questions: For how many the first of them is corrected, by Holm.
        looks: How the study is looked at; without it, or with endless seeds, once.
        num_units: Partitions that the seeds are on, two or more; None where the seeds are the draws.

    Example:
        >>> usual = VarianceParts.usual(10_000)
        >>> [round(100 * smallest_difference(usual, seeds), 1) for seeds in (3, 5, 10, None)]
        [1.5, 1.0, 0.8, 0.6]
    """
    level = 0.05 / num_questions
    if num_seeds is None:
        error, freedom = math.sqrt(parts.common), math.inf
    else:
        error, freedom, look = error_at((parts.between, parts.common), num_seeds, looks, num_units)
        level = 1 - look.confidence(1 - level)
        if num_questions > 1 and isinstance(look, OnlyLook):
            units = num_units or num_seeds
            level = nominal_level(level, units, float(floors_of(parts.apart / units, parts.common)[0]))
    return (t_quantile(1 - level / 2, freedom) + t_quantile(_POWER, freedom)) * error
