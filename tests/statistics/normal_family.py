"""Families of 15 pairs of six variants, as sums of normal values of known truth, without the package.

In points, on 10,000 images of which two runs of one variant disagree on 22 % and two of different ones on 26.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

COMMON, APART = 0.04, 0.22


@dataclass(frozen=True)
class Family:
    """Differences of all pairs of many studies: shape (T, 15, S)."""

    pairs: np.ndarray

    def at(self, num_seeds: int) -> tuple[np.ndarray, np.ndarray]:
        """The t of each pair and Satterthwaite's degrees of freedom with the first seeds: shape (T, 15)."""
        pairs = self.pairs[:, :, :num_seeds]
        between = np.maximum(pairs.var(axis=2, ddof=1), APART) / num_seeds
        freedom = (num_seeds - 1) * (1 + COMMON / between) ** 2
        return np.abs(pairs.mean(axis=2)) / np.sqrt(between + COMMON), freedom

    def ps(self, num_seeds: int) -> np.ndarray:
        """By the interval's own t."""
        t, freedom = self.at(num_seeds)
        return 2 * stats.t.sf(t, freedom)

    def mean_ps(self, num_seeds: int) -> np.ndarray:
        """With the geometric mean of these degrees of freedom and S - 1, as several looks have it."""
        t, freedom = self.at(num_seeds)
        return 2 * stats.t.sf(t, np.sqrt((num_seeds - 1) * freedom))


def draw(num_studies: int, num_seeds: int, seed_sd: float, difference: float = 0.0) -> Family:
    """Studies whose seeds lie so many points apart; every pair differs by so many."""
    rng = np.random.default_rng(8)
    values = rng.standard_normal((num_studies, 6, num_seeds)) * np.sqrt(APART / 2 + seed_sd**2)
    values += rng.standard_normal((num_studies, 6, 1)) * np.sqrt(COMMON / 2)
    first, second = np.array(list(combinations(range(6), 2))).T
    return Family(values[:, first] - values[:, second] + difference)


def floor_of(num_seeds: int) -> float:
    """E / S over C."""
    return APART / num_seeds / COMMON
