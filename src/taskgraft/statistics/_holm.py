"""Many questions asked at once: Holm's correction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.statistics._finite import FloatArray, finite
from taskgraft.statistics._interval import Interval


def holm_adjusted(ps: npt.ArrayLike) -> FloatArray:
    """P-values adjusted so that claiming those below 5 % makes any false claim with at most 5 % chance.

    With the M p-values in ascending order, adjusted[k] = max over j <= k of (M - j) p[j], j from 0, at most
    1. It holds whatever the dependence between the tests, and every pair of one study shares its runs.

    Args:
        ps: One for each question of the family, shape (M,); M may be 0.

    Returns:
        Adjusted, in the order given: shape (M,).

    Source:
        Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 6,
        1979.

    Example:
        >>> holm_adjusted([0.01, 0.04, 0.03]).tolist()
        [0.03, 0.06, 0.06]
    """
    ps = finite(ps, "the p-values")
    if ps.ndim != 1:
        raise RequestError.expected("the p-values", "of one axis", ps.shape, "Pass one family at a time.")
    if np.any((ps < 0) | (ps > 1)):
        raise RequestError.expected("p-values", "between 0 and 1", f"{ps.min()} to {ps.max()}", "Check them.")
    order = np.argsort(ps, kind="stable")
    adjusted = np.empty_like(ps)
    adjusted[order] = np.minimum(np.maximum.accumulate(ps[order] * np.arange(len(ps), 0, -1)), 1)
    return adjusted


def holm_over(intervals: Sequence[Interval]) -> list[float | None]:
    """The p of each interval after Holm's correction over all of them; those of one seed have none.

    It begins with `family_p`, what a p is worth far out in its tail; a question that stands alone has its p.

    Example:
        >>> one, other = Interval(0.02, 0.01, 0.03, 5, 0.01, 0.017), Interval(0.01, 0.0, 0.02, 5, 0.05, 0.06)
        >>> holm_over([one, other]), holm_over([one])
        ([0.034, 0.06], [0.01])
    """
    is_alone = sum(interval.p is not None for interval in intervals) == 1
    ps = [one.p if is_alone or one.family_p is None else one.family_p for one in intervals]
    corrected = iter(holm_adjusted([p for p in ps if p is not None]).tolist())
    return [None if p is None else next(corrected) for p in ps]
