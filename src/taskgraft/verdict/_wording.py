"""Figures and score names as a sentence carries them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taskgraft.parameter import in_python
from taskgraft.scores import about

MINUS = "\N{MINUS SIGN}"
DECODED = {
    "independent": "each level by itself",
    "summed": "coarser levels summed from the finest",
    "joint": "decoded jointly",
    "top-down": "decoded from the top down",
    "crm": "decoded for the least expected severity",
}
"""The decodings, as a sentence says how."""


def named(score: str) -> str:
    """A score in words, in the middle of a sentence."""
    return "full-path accuracy" if score == "full_path_accuracy" else about(score).label


def points(share: float) -> str:
    """A difference of shares in percentage points, signed; one that would round to zero has a second decimal.

    Example:
        >>> points(0.018), points(-0.0104), points(0.0004), points(0.0)
        ('+1.8', '−1.0', '+0.04', '0.0')
    """
    value = 100 * share
    if abs(value) < 0.005:
        return "0.0"
    text = f"{value:+.1f}" if abs(value) >= 0.05 else f"{value:+.2f}"
    return text.replace("-", MINUS)


def span(low: float, high: float) -> str:
    """The two ends of an interval of shares, in percentage points.

    Example:
        >>> span(0.012, 0.024)
        '+1.2 to +2.4'
    """
    return f"{points(low)} to {points(high)}"


def magnitude(share: float) -> str:
    """A difference of shares in points, without its sign.

    Example:
        >>> magnitude(-0.018), magnitude(0.0004)
        ('1.8', '0.04')
    """
    return points(abs(share)).removeprefix("+")


def in_points(share: float) -> str:
    """An amount of percentage points as a noun.

    Example:
        >>> in_points(0.01), in_points(0.005)
        ('1 point', '0.5 points')
    """
    amount = f"{100 * share:.6g}"
    return f"{amount} {'point' if amount == '1' else 'points'}"


def count(number: int, noun: str) -> str:
    """A number of things.

    Example:
        >>> count(1, "seed"), count(1200, "image")
        ('1 seed', '1,200 images')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def in_both(name: str, value: Any) -> str:
    """A parameter for readers of whom nobody knows whether they type commands or Python.

    Example:
        >>> in_both("jobs", 1), in_both("retry_failed", True)
        ('--jobs=1 (in Python: jobs=1)', '--retry-failed (in Python: retry_failed=True)')
    """
    shown = "" if value is None or isinstance(value, bool) else f"={value}"
    return f"--{name.replace('_', '-')}{shown} (in Python: {in_python(name, value)})"


def few(items: Sequence[str], most: int = 8, separator: str = ", ") -> str:
    """Items in a row; of more than so many, the first ones and how many more.

    Example:
        >>> few(["a", "b"], 2), few(["a", "b", "c"], 2)
        ('a, b', 'a, b, and 1 more')
    """
    shown, rest = list(items[:most]), len(items) - most
    return separator.join([*shown, f"and {rest:,} more"] if rest > 0 else shown)


_WORDS = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def in_words(number: int) -> str:
    """A small whole number as a word, a larger one in digits.

    Example:
        >>> in_words(6), in_words(18)
        ('six', '18')
    """
    return _WORDS[number - 1] if 1 <= number <= len(_WORDS) else f"{number:,}"


def listed(items: Sequence[str], last: str) -> str:
    """Items in a row, the last one after a word.

    Example:
        >>> listed(["a", "b", "c"], "or"), listed(["a"], "or")
        ('a, b or c', 'a')
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"
