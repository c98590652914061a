"""What a p is worth far out in its tail, whatever seeds vary by."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

from taskgraft.statistics._finite import FloatArray

# Of the table: p as quantiles of the normal, and floors.
_QUANTILES = np.linspace(0, 10, 51)
_FLOORS = 10 ** np.concatenate([[-2, -1], np.arange(-0.75, 1.5, 1 / 16), [1.5, 2, 3]])
_LOG_FLOORS, _ROWS = np.log(_FLOORS), np.arange(len(_FLOORS))


def worst_p(ps: npt.ArrayLike, num_units: int, floors: npt.ArrayLike) -> FloatArray:
    """The chance of a p so small by the interval's t, under the true variance of seeds that favours it most.

    Satterthwaite's degrees of freedom follow the variance between seeds as it turned out. Where it turned
    out too small, so is the error, and they are too many. At 5 % that matters little. At the 0.3 % of the
    first of 15 pairs, claims are up to 2.7 times as frequent as they should be with five seeds, and up to 7
    times with three. With V, the variance between seeds over S, known through S - 1 degrees of freedom and at
    least a floor, and C known, the chance of a t beyond its quantile is a sum over what V may turn out as.
    This is the largest such sum over all true V.

    Args:
        ps: Two-sided, by the interval's own t: shape (...).
        num_units: S seeds, or partitions; two or more.
        floors: E / S over C: what V is at least, over what images do to all seeds alike; infinite where they
            do nothing, which makes it Student's t and p what it is. Shape (...).

    Source:
        Degrees of freedom: Satterthwaite, *An approximate distribution of estimates of variance components*,
        Biometrics Bulletin 2, 1946. The worst case over them is ours (`docs/decisions/0078`).

    Example:
        >>> worst_p([0.05, 0.01, 0.001], 5, [0.3, 0.3, 0.3]).round(4).tolist()
        [0.0587, 0.0174, 0.0046]
        >>> worst_p(0.01, 5, np.inf).item()
        0.01
    """
    ps, floors = np.asarray(ps, np.float64), np.asarray(floors, np.float64)
    row, over_row = _split(_place(floors), len(_FLOORS))
    step, over_step = _split(-special.ndtri(np.maximum(ps / 2, 1e-300)) / _QUANTILES[1], len(_QUANTILES))
    table = _table(num_units)
    low, high = (
        table[at, step] + over_step * (table[at, step + 1] - table[at, step]) for at in (row, row + 1)
    )
    raised = np.clip(2 * special.ndtr(-(low + over_row * (high - low))), ps, 1)
    return np.asarray(np.where(np.isinf(floors), ps, raised))


def _split(places: FloatArray, num_places: int) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Between which two places of a table each lies, by the first of them, and how far.

    Beyond the table it is the last place: so far out nothing is known better.
    """
    places = np.minimum(places, num_places - 1)
    first = np.minimum(places.astype(np.intp), num_places - 2)
    return first, places - first


def nominal_level(level: float, num_units: int, floor: float) -> float:
    """At which level the interval's own t has to be tested so that the worst case errs by a level.

    Example:
        >>> round(nominal_level(0.0175, 5, 0.3), 3)
        0.01
    """
    if np.isinf(floor):
        return level
    low, over = _split(_place(np.array([floor])), len(_FLOORS))
    table = _table(num_units)
    row = (table[low] + over * (table[low + 1] - table[low]))[0]
    quantile = np.interp(-special.ndtri(level / 2), row, _QUANTILES)
    return min(float(2 * special.ndtr(-quantile)), level)


def _place(floors: FloatArray) -> FloatArray:
    """Where floors lie among those of the table, as fractional numbers of its rows."""
    return np.asarray(np.interp(np.log(np.maximum(floors, _FLOORS[0])), _LOG_FLOORS, _ROWS))


@lru_cache(maxsize=64)
def _table(num_units: int) -> FloatArray:
    """The worst p, as quantiles of the normal, for each floor and p of the table."""
    freedom = num_units - 1
    outcomes, truths = _grids(freedom)
    critical = -special.stdtrit((freedom * (1 + 1 / outcomes) ** 2)[:, None], special.ndtr(-_QUANTILES))
    shrunk = np.sqrt((outcomes + 1) / (truths[:, None] + 1))
    # By the truth, the outcome, and p.
    chances = 2 * special.ndtr(-shrunk[:, :, None] * critical)
    up_to = special.chdtr(freedom, freedom * outcomes / truths[:, None])[:, :, None]
    between = np.diff(up_to, axis=1) * (chances[:, 1:] + chances[:, :-1]) / 2
    above = np.flip(np.flip(between, axis=1).cumsum(axis=1), axis=1)
    worst = []
    for floor in _FLOORS:
        at = int(np.argmin(np.abs(outcomes - floor)))
        chance = above[:, at] + up_to[:, at] * chances[:, at]
        worst.append(chance[truths >= 0.99 * floor].max(axis=0))
    quantiles = -special.ndtri(np.minimum(worst, 1) / 2)
    return np.asarray(np.minimum(quantiles, _QUANTILES))


def _grids(freedom: int) -> tuple[FloatArray, FloatArray]:
    """What the variance between seeds may turn out as, every floor among them, and what it may truly be.

    True ones go up to where one in ten million turns out a hundred times as small as the least floor.
    """
    decades = 14 / freedom + 6
    steps = 16 * math.ceil(0.625 * math.sqrt(freedom))
    outcomes = 10 ** (np.arange(steps * (decades + 1)) / steps - 2)
    return outcomes, 10 ** (np.arange(4 * decades) / 4 - 2)
