"""An estimate with its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Interval:
    """An estimate with a confidence interval.

    Attributes:
        estimate: The value, or the difference.
        low: Lower end.
        high: Upper end.
        num_seeds: Seeds it rests on. With one, the interval covers the choice of test images only.
        p: Two-sided p-value of the estimate against zero, by the distribution the interval comes from; None
            with one seed.
        family_p: The same for a question among several, which a correction over them begins with: `worst_p`.
            None where p is good for it.
    """

    estimate: float
    low: float
    high: float
    num_seeds: int
    p: float | None = None
    family_p: float | None = None

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0

    @property
    def reach(self) -> float:
        """How far the farther end is from the estimate: for both ends the same, except near 0 and 1."""
        return max(self.high - self.estimate, self.estimate - self.low)

    @property
    def turned(self) -> Self:
        """The same difference, taken the other way round."""
        return replace(self, estimate=-self.estimate, low=-self.high, high=-self.low)

    @property
    def is_detectable(self) -> bool:
        """Whether a difference may be claimed: zero lies outside, and more than one seed says so."""
        return self.excludes_zero and self.num_seeds > 1
