"""One axis of a chart: from values to pixels, with ticks at round values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Axis:
    """A linear scale.

    Attributes:
        low: Value at its first pixel.
        high: Value at its last pixel.
        step: From tick to tick.
        first: Pixel of `low`.
        last: Pixel of `high`; smaller than `first` on an axis that points up.
    """

    low: float
    high: float
    step: float
    first: float
    last: float

    @classmethod
    def rounded(cls, values: Iterable[float], first: float, last: float, most: int = 6) -> Self:
        """An axis between round values that holds all values; from zero when they are all but equal.

        Args:
            values: At least one.
            first: Pixel of its low end.
            last: Pixel of its high end.
            most: Steps, more or less.

        Example:
            >>> Axis.rounded([41.2, 58.9], 0, 100).ticks
            [40.0, 45.0, 50.0, 55.0, 60.0]
        """
        numbers = list(values)
        low, high = min(numbers), max(numbers)
        if math.isclose(low, high):
            low, high = min(low, 0.0), max(high, 0.0)
        if math.isclose(low, high, abs_tol=1e-9):
            high = low + 1.0
        step = round_step(low, high, most)
        low, high = math.floor(low / step + 1e-6) * step, math.ceil(high / step - 1e-6) * step
        return cls(low, high, step, first, last)

    def at(self, value: float) -> float:
        """Pixel of a value."""
        return self.first + (value - self.low) / (self.high - self.low) * (self.last - self.first)

    @property
    def ticks(self) -> list[float]:
        """Multiples of the step, from end to end."""
        first, last = math.ceil(self.low / self.step - 1e-6), math.floor(self.high / self.step + 1e-6)
        return [i * self.step for i in range(first, last + 1)]


def round_step(low: float, high: float, most: int) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that makes at most so many steps.

    Example:
        >>> round_step(0, 100, most=6), round_step(0, 0.5, most=6)
        (20.0, 0.1)
    """
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def tick_label(value: float) -> str:
    """A tick's value, without needless zeros and with a true minus.

    Example:
        >>> tick_label(-0.5), tick_label(20.0)
        ('−0.5', '20')
    """
    return f"{value:.6g}".replace("-", "\N{MINUS SIGN}")
