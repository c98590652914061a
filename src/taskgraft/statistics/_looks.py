"""A study that is looked at while it grows: what each look is worth, so that all of them err by 5 %."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy import special

from taskgraft.errors import RequestError
from taskgraft.statistics._spending import nominal_levels, spent_share

# Levels below this count as none.
_FINEST = 1e-12
# Of the sequence: between them p-values are interpolated, on the scale of normal quantiles, nearly in line.
_ALPHAS = (*np.geomspace(1e-8, 0.02, 16).tolist(), 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.99)
# How large effects are that an open horizon looks for first, squared, in standard deviations of one seed.
_EFFECT = 4.0


class Look(ABC):
    """One look: what an interval and a p-value that know of no other look have to be corrected to."""

    @abstractmethod
    def nominal(self, alpha: float) -> float:
        """At which level the look has to be tested so that the whole sequence errs by alpha."""

    @abstractmethod
    def corrected(self, p: float) -> float:
        """The error of the whole sequence at which a p-value of this look ends its question."""

    def confidence(self, level: float) -> float:
        """Of the interval at this look so that those of all looks hold together with a confidence."""
        return 1 - max(self.nominal(1 - level), _FINEST)


@dataclass(frozen=True)
class OnlyLook(Look):
    """Nothing to be paid for."""

    def nominal(self, alpha: float) -> float:
        """The same."""
        return alpha

    def corrected(self, p: float) -> float:
        """The same."""
        return p

    def confidence(self, level: float) -> float:
        """The same, to the last bit."""
        return level


@dataclass(frozen=True)
class PlannedLook(Look):
    """A look at a study that grows to a planned number of seeds.

    Attributes:
        looks: Numbers of seeds of the looks so far, ascending; the last is this one.
        planned: The most seeds.
    """

    looks: tuple[int, ...]
    planned: int

    def nominal(self, alpha: float) -> float:
        """From the spending and what was spent before."""
        return float(nominal_levels((alpha,), self.looks, self.planned)[0])

    def corrected(self, p: float) -> float:
        """Where the levels of this look are p, between those of some alphas."""
        levels = nominal_levels(_ALPHAS, self.looks, self.planned)
        # Logarithms of zero would be no number; so small, all levels are one.
        at = special.ndtri(np.maximum(levels, 1e-300))
        if p >= levels[-1]:
            return 1.0
        inner = np.interp(special.ndtri(max(p, 1e-300)), at, special.ndtri(np.asarray(_ALPHAS)))
        return float(special.ndtr(inner))


@dataclass(frozen=True)
class AnyLook(Look):
    """A look at a study that may be looked at for ever: by an e-process of Student's t.

    Under no effect the likelihood ratio of a normal prior for it, the variance being unknown, is a
    non-negative martingale: it exceeds 1 / alpha at any time with a chance of alpha at most.

    Attributes:
        freedom: Degrees of freedom of t.
        effective: As many seeds would know so much if images did nothing to all of them alike.

    Source:
        Lai, *On confidence sequences*, Annals of Statistics 4, 1976; Wang and Ramdas, *Anytime-valid t-tests
        and confidence sequences for Gaussian means with unknown variance*, Sequential Analysis 44, 2025.
    """

    freedom: float
    effective: float

    @property
    def _gain(self) -> float:
        return _EFFECT * self.effective

    def nominal(self, alpha: float) -> float:
        """Of the t at which the likelihood ratio is 1 / alpha; 0 where none is so large."""
        half = (self.freedom + 1) / 2
        ratio = math.exp((math.log1p(self._gain) / 2 - math.log(alpha)) / half)
        room = 1 - ratio / (1 + self._gain)
        if room <= 0:
            return 0.0
        return float(2 * special.stdtr(self.freedom, -math.sqrt(self.freedom * (ratio - 1) / room)))

    def corrected(self, p: float) -> float:
        """One over the likelihood ratio, at most 1."""
        squared = float(special.stdtrit(self.freedom, max(p, 1e-300) / 2)) ** 2 / self.freedom
        log_ratio = (self.freedom + 1) / 2 * (
            math.log1p(squared) - math.log1p(squared / (1 + self._gain))
        ) - math.log1p(self._gain) / 2
        return min(math.exp(-log_ratio), 1.0)


@dataclass(frozen=True)
class Looks:
    """How a study is looked at while it grows.

    Attributes:
        planned: The most seeds, as declared before the first look; None for an open horizon.
        looked: Numbers of seeds at which it has been looked at. One seed shows nothing and costs nothing.
    """

    planned: int | None
    looked: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.planned is not None and self.planned < 1:
            raise RequestError.expected(
                "the planned number of seeds", "at least 1", self.planned, "Pass a positive number."
            )

    def before(self, num_seeds: int) -> tuple[int, ...]:
        """The looks at fewer seeds than these, each once."""
        return tuple(sorted({number for number in self.looked if 2 <= number < num_seeds}))

    def looked_at(self, num_seeds: int) -> Looks:
        """The same once so many seeds have been looked at, too."""
        return Looks(self.planned, (*self.looked, num_seeds))

    def is_beyond(self, num_seeds: int) -> bool:
        """Whether these are more seeds than were planned."""
        return self.planned is not None and num_seeds > self.planned

    def is_only(self, num_seeds: int) -> bool:
        """Whether it is the one look, at all that was planned."""
        return num_seeds == self.planned and not self.before(num_seeds)

    def at(self, num_seeds: int, freedom: float, effective: float) -> Look:
        """The look at so many seeds, two or more.

        Args:
            num_seeds: As many.
            freedom: Degrees of freedom of a t.
            effective: As many seeds would know so much if images did nothing to all of them alike.

        Example:
            >>> Looks(10, (5, 10)).at(5, 4.0, 5.0).nominal(0.05) < 0.006
            True
            >>> Looks(10).at(10, 9.0, 10.0)
            OnlyLook()
        """
        if self.is_only(num_seeds):
            return OnlyLook()
        if self.planned is None or num_seeds > self.planned:
            return AnyLook(min(freedom, 1e6), effective)
        return PlannedLook((*self.before(num_seeds), num_seeds), self.planned)

    @staticmethod
    def open_price(num_seeds: int) -> float | None:
        """How many times as wide an interval is that holds however often one looks; None for a boundless one.

        Of seeds that differ by so much that images do not matter; elsewhere it is less.

        Example:
            >>> Looks.open_price(3), round(Looks.open_price(10), 2)
            (None, 1.76)
        """
        level = AnyLook(num_seeds - 1, num_seeds).nominal(0.05)
        if level <= 0:
            return None
        return float(special.stdtrit(num_seeds - 1, 1 - level / 2) / special.stdtrit(num_seeds - 1, 0.975))

    def spent(self, num_seeds: int, alpha: float = 0.05) -> float:
        """What of alpha is used up once so many seeds have been looked at, of those planned.

        Example:
            >>> round(Looks(10).spent(5), 4), Looks(10).spent(10)
            (0.0056, 0.05)
        """
        if self.planned is None or num_seeds < 2:
            return 0.0
        return float(spent_share(np.array([alpha]), num_seeds / self.planned)[0])
