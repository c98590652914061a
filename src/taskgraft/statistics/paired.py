"""A difference between two architectures, paired by seed and by test image, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats


@dataclass(frozen=True)
class Interval:
    """An estimate with a confidence interval.

    Attributes:
        estimate: The difference.
        low: Lower end.
        high: Upper end.
        num_seeds: Seeds it rests on. With one, the interval covers the choice of test images only.
    """

    estimate: float
    low: float
    high: float
    num_seeds: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0

    @property
    def is_detectable(self) -> bool:
        """Whether a difference may be claimed: zero lies outside, and more than one seed says so."""
        return self.excludes_zero and self.num_seeds > 1


def paired_interval(differences: npt.NDArray[np.floating], level: float = 0.95) -> Interval:
    """Interval of a mean difference over seeds and test images.

    Two sources of chance are told apart and their half-widths added in quadrature: the seeds, with a
    Student t of S - 1 degrees of freedom on the S seed means; and the test images, with a normal on the
    N image means. The image part is in the seed means too, so the interval errs on the wide side.

    Args:
        differences: Score of one architecture minus that of the other, for each seed and test image:
            shape (S, N).
        level: Confidence.

    Returns:
        The interval. With S = 1 the seed part cannot be known and is left out.

    Example:
        >>> paired_interval(np.array([[1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 0.0]])).estimate
        0.5
    """
    num_seeds, num_images = differences.shape
    tail = (1 + level) / 2
    squared = 0.0
    if num_images > 1:
        images = differences.mean(axis=0)
        squared += stats.norm.ppf(tail) ** 2 * images.var(ddof=1) / num_images
    if num_seeds > 1:
        seeds = differences.mean(axis=1)
        squared += stats.t.ppf(tail, num_seeds - 1) ** 2 * seeds.var(ddof=1) / num_seeds
    estimate, half = float(differences.mean()), float(np.sqrt(squared))
    return Interval(estimate, estimate - half, estimate + half, num_seeds)
