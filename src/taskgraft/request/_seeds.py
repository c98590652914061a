"""Seeds, as a number of them or one by one."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import islice
from typing import Any

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter

LARGEST_SEED = 2**32 - 1
MOST_RUNS = 100_000
OPEN = "open"
"""As many seeds as anybody likes: a most that is none."""
MOST_RESPLITS = 1_000
"""Of partitions of train and test images."""
MOST_TRIALS = 1_000
# A variant that costs a hundredth of the costliest has so many times the trials.
_SEARCH_SEEDS = 100_000


def resolve_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """Seeds 0 to n - 1 for a number n, or the seeds as listed.

    Raises:
        RequestError: If they are none, too many, or no different whole numbers.

    Example:
        >>> resolve_seeds(3), resolve_seeds([7, 1])
        ((0, 1, 2), (7, 1))
    """
    if isinstance(seeds, str | bytes | bool):
        raise RequestError.expected(
            Parameter("seeds"), "a number, or several of them", seeds, "Try 3, or [0, 1, 2]."
        )
    number = _integer(seeds)
    if number is None:
        return _listed_seeds(seeds)
    if number < 1:
        raise RequestError.expected("the number of seeds", "1 or more", seeds, "Three tell more than one.")
    _check_number_of_seeds(number)
    return tuple(range(number))


def seeds_of_text(text: str) -> int | list[int]:
    """Seeds as the command line has them: `3` for 0, 1 and 2; `0,5` for these two, `5,` for one.

    Raises:
        RequestError: If they are no whole numbers.

    Example:
        >>> seeds_of_text("3"), seeds_of_text("0,5"), seeds_of_text("5,")
        (3, [0, 5], [5])
    """
    parts = [part.strip() for part in text.removesuffix(",").split(",")]
    if not all(part.removeprefix("-").isdecimal() and len(part) < 20 for part in parts):
        raise RequestError.expected(
            Parameter("seeds"), "a whole number, or several joined by commas", text, "Try 3, or 0,1,2."
        )
    numbers = [int(part) for part in parts]
    return numbers if "," in text else numbers[0]


def resolve_max_seeds(number: Any) -> int | str | None:
    """How many seeds a study is to have at most, or that it is open.

    Raises:
        RequestError: If it is neither.

    Example:
        >>> resolve_max_seeds(10), resolve_max_seeds("open")
        (10, 'open')
    """
    if number is None:
        return None
    if number == OPEN:
        return OPEN
    integer = None if isinstance(number, bool | str | bytes) else _integer(number)
    if integer is None or not 1 <= integer <= MOST_RUNS:
        raise RequestError.expected(
            Parameter("max_seeds"),
            f"a whole number from 1 to {MOST_RUNS:,}, or {OPEN}",
            number,
            "Try 10.",
        )
    return integer


def max_seeds_of_text(text: str) -> int | str:
    """The same as the command line has it."""
    is_number = text.removeprefix("-").isdecimal() and len(text) < 20
    return int(text) if is_number else text


def search_seed(number: int) -> int:
    """The seed of a trial: from the largest down, so that no seed of a comparison is one of a search.

    Args:
        number: Of the trial, from 0.

    Example:
        >>> search_seed(0) == LARGEST_SEED, trial_number(search_seed(7)), trial_number(7)
        (True, 7, None)
    """
    return LARGEST_SEED - number


def trial_number(seed: int) -> int | None:
    """The number of the trial that has a seed; None for a seed of runs."""
    number = LARGEST_SEED - seed
    return number if number < _SEARCH_SEEDS else None


def check_apart_from_search(seeds: Sequence[int]) -> None:
    """Refuses seeds of runs that trials may have.

    Raises:
        RequestError: If one is among them.
    """
    for seed in seeds:
        if trial_number(seed) is not None:
            rule = f"at most {LARGEST_SEED - _SEARCH_SEEDS:,} beside a search, whose trials have those above"
            raise RequestError.expected(Parameter("seeds"), rule, seed, "Take smaller ones.")


def _listed_seeds(seeds: Any) -> tuple[int, ...]:
    # Never more than are refused, however many a range or a generator would give.
    try:
        given = list(islice(seeds, MOST_RUNS + 1))
    except TypeError:
        given = []
    _check_number_of_seeds(len(given))
    listed = [None if isinstance(seed, bool) else _integer(seed) for seed in given]
    numbers = [seed for seed in listed if seed is not None and 0 <= seed <= LARGEST_SEED]
    if not numbers or len(numbers) < len(listed) or len(set(numbers)) < len(numbers):
        rule = f"different whole numbers from 0 to {LARGEST_SEED:,}"
        raise RequestError.expected(Parameter("seeds"), rule, given or seeds, "Try 0.")
    return tuple(numbers)


def _integer(value: Any) -> int | None:
    try:
        return operator.index(value)
    except TypeError:
        return None


def _check_number_of_seeds(number: int) -> None:
    if number > MOST_RUNS:
        shown = number if number > MOST_RUNS + 1 else f"more than {MOST_RUNS:,}"
        raise RequestError.expected("the number of seeds", f"at most {MOST_RUNS:,}", shown, "Ask for fewer.")
