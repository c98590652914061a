"""From an estimate, its error and degrees of freedom to an interval, within the ends that it cannot leave."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from scipy import special

from taskgraft.errors import RequestError
from taskgraft.statistics._interval import Interval

# Scores are of the order of one: what is smaller than this is left over from adding floats, not a difference.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Bounds:
    """Between which ends a contrast of shares lies, and how many images say where.

    A share of images lies between 0 and 1, a difference of two between -1 and 1, a sum of weighted shares
    between the sums of its negative and of its positive weights.

    Attributes:
        low: The lower end.
        high: The upper end.
        num_images: Of the test split; fewer where images weigh unequally, as under rare classes.
    """

    low: float
    high: float
    num_images: float

    def __post_init__(self) -> None:
        if not (self.low < self.high and self.num_images > 0):
            raise RequestError.expected(
                "the ends of a contrast",
                "one below the other, with images between them",
                (self.low, self.high, self.num_images),
                "Pass Bounds(0, 1, N) for a share of N images.",
            )


def student_interval(
    estimate: float,
    error: float,
    freedom: float,
    num_seeds: int,
    level: float = 0.95,
    bounds: Bounds | None = None,
) -> Interval:
    """Student's t, and within bounds what Wilson makes of it.

    With ends a and b, the variance of a share that is d is taken to be in proportion to (d - a)(b - d): none
    at an end, where all images agree. The interval holds every d that is within t errors of the estimate, the
    error being that of d and not that of the estimate. And it is never narrower than what N images that all
    say the same leave open, z^2 / (N + z^2) of the way to each end: 0 right of N is no proof that none would
    ever be. Images are counted once, however many seeds agree on them. p is the level at which the interval
    ends at zero. An estimate outside of its bounds has none.

    Args:
        estimate: The contrast.
        error: Its standard error.
        freedom: Of t; infinite for a normal interval.
        num_seeds: Seeds it rests on; with one, p is None.
        level: Confidence, between 0 and 1.
        bounds: The ends; None for a contrast that is no sum of shares.

    Source:
        Wilson, *Probable inference, the law of succession, and statistical inference*, Journal of the
        American Statistical Association 22, 1927. With the error of a design that is no simple sample it is
        one of the two that Franco, Little, Louis and Slud recommend (*Comparative study of confidence
        intervals for proportions in complex sample surveys*, Journal of Survey Statistics and Methodology 7,
        2019). What is left open is Wilson's interval of 0 of N, and for a difference of paired shares that of
        Tango (*Equivalence test and confidence interval for the difference in proportions for the
        paired-sample design*, Statistics in Medicine 17, 1998) where no two images disagree.

    Example:
        >>> nothing_right = student_interval(0.0, 0.0, math.inf, 3, bounds=Bounds(0, 1, 64))
        >>> nothing_right.low, round(nothing_right.high, 3)
        (0.0, 0.057)
    """
    quantile = t_quantile((1 + level) / 2, freedom)
    if bounds is None or not bounds.low - ROUNDING <= estimate <= bounds.high + ROUNDING:
        low, high = estimate - quantile * error, estimate + quantile * error
        p = p_value(estimate, error, freedom)
    else:
        low, high = _ends(estimate, quantile * error, level, bounds)
        p = _p_within(estimate, error, freedom, bounds)
    return Interval(estimate, low, high, num_seeds, p if num_seeds > 1 else None)


def _ends(estimate: float, half: float, level: float, bounds: Bounds) -> tuple[float, float]:
    below, above = max(estimate - bounds.low, 0.0), max(bounds.high - estimate, 0.0)
    squared = _normal_quantile((1 + level) / 2) ** 2
    unseen = squared / (bounds.num_images + squared)
    low, high = estimate - below * unseen, estimate + above * unseen
    if below * above > ROUNDING:
        pull = half**2 / (below * above)
        middle, reach = (bounds.low + bounds.high) / 2, (bounds.high - bounds.low) / 2
        centre = (estimate + pull * middle) / (1 + pull)
        width = math.sqrt(half**2 + (pull * reach) ** 2) / (1 + pull)
        low, high = min(low, centre - width), max(high, centre + width)
    return max(low, bounds.low), min(high, bounds.high)


def _p_within(estimate: float, error: float, freedom: float, bounds: Bounds) -> float:
    if estimate == 0:
        return 1.0
    # How far zero lies from the end behind it: nothing is left to doubt where it is the end.
    behind = -bounds.low if estimate > 0 else bounds.high
    if behind <= 0 or not bounds.low < 0 < bounds.high:
        return 0.0
    unseen = float(2 * special.ndtr(-math.sqrt(bounds.num_images * abs(estimate) / behind)))
    room = (estimate - bounds.low) * (bounds.high - estimate)
    if room <= ROUNDING:
        return unseen
    at_zero = error * math.sqrt(-bounds.low * bounds.high / room)
    return max(unseen, p_value(estimate, at_zero, freedom))


def p_value(estimate: float, error: float, freedom: float) -> float:
    """Two-sided p of an estimate against zero, by Student's t."""
    if error == 0:
        return 1.0 if estimate == 0 else 0.0
    ratio = abs(estimate) / error
    return float(2 * (special.ndtr(-ratio) if math.isinf(freedom) else special.stdtr(freedom, -ratio)))


def t_quantile(share: float, freedom: float) -> float:
    """Quantile of Student's t. The functions under `scipy.stats.t`, whose checks take most of its time."""
    return _normal_quantile(share) if math.isinf(freedom) else float(special.stdtrit(freedom, share))


@lru_cache(maxsize=64)
def _normal_quantile(share: float) -> float:
    return float(special.ndtri(share))
