"""A study made to fit into some minutes: how many seeds, and how long its runs are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter

# Three are what a recommendation needs, two the fewest whose difference says anything; more than five are for
# whoever asks for them.
_USUAL, _FEWEST = 3, 2
MOST_SEEDS = tuple(range(5))
# Runs of less than half their length would be of another recipe.
_SHORTEST = 0.5
# Scores, predictions and the report take the rest.
_FOR_TRAINING = 0.9


@dataclass(frozen=True)
class Wish:
    """What is to fit, into what.

    Attributes:
        minutes: At most.
        num_seeds: How many; None to choose.
        is_length_set: Whether somebody set the epochs.
    """

    minutes: float
    num_seeds: int | None
    is_length_set: bool


@dataclass(frozen=True)
class Fit:
    """What fits.

    Attributes:
        num_seeds: How many seeds.
        length_ratio: The length of each run, as a share of the recipe's.
    """

    num_seeds: int
    length_ratio: float


def fit_budget(wish: Wish, seconds_of: Callable[[int], float]) -> Fit:
    """What fits into the minutes.

    Seeds beyond three give way first, then the length, down to half; then the third seed.

    Args:
        wish: What is to fit.
        seconds_of: What so many seeds take at full length.

    Raises:
        RequestError: If the least of it takes longer; it says how long.

    Example:
        >>> fit_budget(Wish(30, None, False), lambda num_seeds: num_seeds * 700.0)
        Fit(num_seeds=3, length_ratio=0.77)
    """
    usable = 60 * wish.minutes * _FOR_TRAINING
    shortest = 1.0 if wish.is_length_set else _SHORTEST
    numbers = range(len(MOST_SEEDS), _FEWEST - 1, -1) if wish.num_seeds is None else (wish.num_seeds,)
    for number in numbers:
        needed = seconds_of(number)
        if needed <= usable:
            return Fit(number, 1.0)
        ratio = math.floor(100 * usable / needed) / 100
        # Of more than three seeds one is given up before the runs are cut.
        if ratio >= shortest and (number <= _USUAL or number == wish.num_seeds):
            return Fit(number, ratio)
    least = math.ceil(shortest * seconds_of(numbers[-1]) / _FOR_TRAINING / 60)
    seeds = "1 seed" if numbers[-1] == 1 else f"{numbers[-1]} seeds"
    length = "" if shortest == 1 else " of half their length"
    raise RequestError.expected(
        Parameter("minutes"),
        f"at least {least:,}, which runs{length} from {seeds} take on this machine as busy as it is",
        wish.minutes if wish.minutes != int(wish.minutes) else int(wish.minutes),
        "Give it more, compare fewer variants, or take smaller images.",
    ).about("minutes")


def budget_line(minutes: float, fit: Fit) -> str:
    """What was chosen, for people."""
    length = (
        "" if fit.length_ratio == 1 else f", each run {100 * fit.length_ratio:.0f} % as long as otherwise"
    )
    seeds = "1 seed" if fit.num_seeds == 1 else f"{fit.num_seeds} seeds"
    return f"{minutes_text(minutes)}: {seeds}{length}."


def minutes_text(minutes: float) -> str:
    """A bound of time in words.

    Example:
        >>> minutes_text(1), minutes_text(2.5)
        ('1 minute', '2.5 minutes')
    """
    return "1 minute" if minutes == 1 else f"{minutes:g} minutes"
