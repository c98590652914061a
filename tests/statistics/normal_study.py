"""Contrasts of growing studies of known truth, drawn as sums of normal variables, without the package.

A contrast of seed s has the mean over images d[s] = effect + image part + seed part; the image part is common
to all seeds. What the image bootstrap says of it, C and E, is taken to be exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Growth:
    """Where contrasts come from.

    Attributes:
        common: C, over the variance of seeds.
        apart: E, over the variance of seeds.
        effect: The true contrast, in standard deviations of seeds.
    """

    common: float = 0.0
    apart: float = 0.0
    effect: float = 0.0

    def draw(self, num_studies: int, num_seeds: int, rng: np.random.Generator) -> Grown:
        """So many studies of so many seeds."""
        values = rng.standard_normal((num_studies, num_seeds)) + self.effect
        values += np.sqrt(self.common) * rng.standard_normal((num_studies, 1))
        return Grown(values, self.common, self.apart)


@dataclass(frozen=True)
class Grown:
    """Contrasts of many studies: shape (T, S)."""

    values: np.ndarray
    common: float
    apart: float

    def at(self, num_seeds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Estimates, their errors and Satterthwaite's degrees of freedom with the first seeds: shape (T,)."""
        values = self.values[:, :num_seeds]
        seeds = np.maximum(values.var(axis=1, ddof=1), self.apart) / num_seeds
        freedom = (num_seeds - 1) * (1 + self.common / seeds) ** 2
        return values.mean(axis=1), np.sqrt(seeds + self.common), np.minimum(freedom, 1e6)

    def halves(self, num_seeds: int, level: float, *, is_only: bool) -> tuple[np.ndarray, np.ndarray]:
        """Estimates and half-widths of intervals at a two-sided level."""
        estimate, error, freedom = self.at(num_seeds)
        freedom = freedom if is_only else np.sqrt((num_seeds - 1) * freedom)
        return estimate, stats.t.isf(level / 2, freedom) * error
