"""Many questions asked at once: Holm's correction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.statistics._finite import FloatArray, finite


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
