"""How much of the 5 % each look at a growing study may use: alpha spending."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from taskgraft.statistics._finite import FloatArray

# Points of the integral over where a study may stand that has not been decided.
_NODES, _MASSES = np.polynomial.legendre.leggauss(96)
_BISECTIONS = 44
# Beyond so many standard deviations nothing is to be integrated.
_FAR = 8.0


def spent_share(alpha: FloatArray, share: float) -> FloatArray:
    """What of an error alpha may be used up when a share of the planned seeds has been looked at.

    Little at the beginning, all of it at the end: an O'Brien-Fleming type.

    Source:
        Lan and DeMets, *Discrete sequential boundaries for clinical trials*, Biometrika 70, 1983.

    Example:
        >>> spent_share(np.array([0.05]), 0.5).round(4).tolist()
        [0.0056]
    """
    if share >= 1:
        return alpha
    return np.asarray(2 * special.ndtr(special.ndtri(alpha / 2) / np.sqrt(share)))


@lru_cache(maxsize=256)
def nominal_levels(alphas: tuple[float, ...], looks: tuple[int, ...], planned: int) -> FloatArray:
    """At which two-sided level a look has to be tested so that all looks together err by alpha.

    The first of these levels that a p-value falls below ends the question. The levels are those of a normal
    statistic: the chance of crossing at a look, having crossed at none before, is what the spending allows.
    Two looks at S and T seeds are taken to correlate by S / T, not by its root, as normal sums would: the
    variance that a t is divided by changes with the looks, too, and t statistics of few seeds hang together
    less. `docs/statistics.md` has what errors that leaves.

    Args:
        alphas: Of the whole sequence.
        looks: Numbers of seeds, ascending, the last being the look in question.
        planned: The most seeds.

    Returns:
        Of the last look, for each alpha: shape (len(alphas),).

    Source:
        Armitage, McPherson and Rowe, *Repeated significance tests on accumulating data*, Journal of the Royal
        Statistical Society A 132, 1969, for the recursion.

    Example:
        >>> nominal_levels((0.05,), (5, 10), 10).round(4).tolist()
        [0.0461]
        >>> nominal_levels((0.05,), (10,), 10).tolist()
        [0.05]
    """
    totals = np.asarray(alphas)
    before, time = np.zeros_like(totals), 0.0
    places = masses = np.zeros((len(totals), 1))
    level = totals
    for look in looks:
        spent = spent_share(totals, look / planned)
        allowed, before = spent - before, spent
        step = np.sqrt((look / planned) ** 2 - time)
        limit = _limit(allowed, places, masses, float(step)) if time else -special.ndtri(allowed / 2) * step
        time = (look / planned) ** 2
        level = allowed if look == looks[0] else 2 * special.ndtr(-limit / np.sqrt(time))
        ends = np.minimum(limit, _FAR * np.sqrt(time))[:, None]
        nodes = ends * _NODES
        if look == looks[0]:
            density = np.exp(-(nodes**2) / (2 * time)) / np.sqrt(2 * np.pi * time)
        else:
            apart = (nodes[:, :, None] - places[:, None, :]) / step
            density = (np.exp(-(apart**2) / 2) / (step * np.sqrt(2 * np.pi)) * masses[:, None, :]).sum(axis=2)
        places, masses = nodes, density * ends * _MASSES
    return np.asarray(level)


def _limit(allowed: FloatArray, places: FloatArray, masses: FloatArray, step: float) -> FloatArray:
    """How far from zero a sum may come before more than the chance that is allowed has gone beyond."""
    low, high = np.zeros_like(allowed), np.full_like(allowed, 2 * _FAR)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        ends = middle[:, None]
        beyond = special.ndtr((-ends - places) / step) + special.ndtr((places - ends) / step)
        is_too_near = (masses * beyond).sum(axis=1) > allowed
        low, high = np.where(is_too_near, middle, low), np.where(is_too_near, high, middle)
    return np.asarray(high)
