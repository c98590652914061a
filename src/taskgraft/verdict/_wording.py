"""Figures and score names as a sentence carries them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taskgraft.parameter import in_python
from taskgraft.scores import about
from taskgraft.statistics import Interval

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


# More scores than these, of one kind, are summed up in a sentence.
_MOST_NAMED = 4


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


def changes(
    subject: str, differences: Sequence[tuple[str, Interval, bool]], tail: str = "", end: str = ""
) -> str:
    """A sentence on what something did to several scores: what was detected first, with the intervals.

    A change whose interval leaves out zero, but which may not be claimed, is called undecided. Of many scores
    that did not change detectably, only the range is given.

    Args:
        subject: What did it.
        differences: For each of one or more accuracies its name in words, the change, and whether it may be
            claimed.
        tail: What to add before the number of seeds.
        end: What to say in place of the number of seeds.

    Example:
        >>> rise, nothing = Interval(0.018, 0.012, 0.024, 5), Interval(0.001, -0.003, 0.004, 5)
        >>> changes("Sharing", [("fine accuracy", rise, True), ("coarse accuracy", nothing, False)])
        'Sharing raised fine accuracy by 1.8 points (95 % interval +1.2 to +2.4) and made no detectable \
difference to coarse accuracy (+0.1, −0.3 to +0.4); 5 seeds.'
    """
    limits = iter(["95 % interval ", *([""] * (len(differences) - 1))])
    num_seeds = differences[0][1].num_seeds

    def clause(what: str, interval: Interval, *, is_new: bool = True) -> str:
        estimate = f"{points(interval.estimate)}, " if is_new else ""
        return f"{what} ({estimate}{next(limits)}{span(interval.low, interval.high)})"

    clauses = [
        clause(
            f"{'raised' if i.estimate > 0 else 'lowered'} {what} by {magnitude(i.estimate)} points",
            i,
            is_new=False,
        )
        for what, i, is_detected in differences
        if is_detected
    ]
    undecided = [clause(w, i) for w, i, is_detected in differences if not is_detected and i.excludes_zero]
    if undecided:
        why = "" if num_seeds == 1 else " after Holm's correction"
        clauses.append(f"left {listed(undecided, 'and')} undecided{why}")
    unchanged = [(w, i) for w, i, is_detected in differences if not is_detected and not i.excludes_zero]
    if len(unchanged) > _MOST_NAMED:
        which = "any of the" if len(unchanged) == len(differences) else "the other"
        clauses.append(f"made no detectable difference to {which} {_range([i for _, i in unchanged])}")
    elif unchanged:
        nothing = [clause(what, interval) for what, interval in unchanged]
        clauses.append(f"made no detectable difference to {listed(nothing, 'or')}")
    seeds = "1 seed, which settles nothing" if num_seeds == 1 else count(num_seeds, "seed")
    return f"{subject} {listed(clauses, 'and')}{tail}; {end or seeds}."


def _range(intervals: Sequence[Interval]) -> str:
    """Several accuracies by what holds of all of them."""
    estimates = span(min(i.estimate for i in intervals), max(i.estimate for i in intervals))
    ends = span(min(i.low for i in intervals), max(i.high for i in intervals))
    return f"{len(intervals)} accuracies ({estimates}, all 95 % intervals within {ends})"


def listed(items: Sequence[str], last: str) -> str:
    """Items in a row, the last one after a word.

    Example:
        >>> listed(["a", "b", "c"], "or"), listed(["a"], "or")
        ('a, b or c', 'a')
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"
