"""What something did to accuracies, as data and as sentences; what shows no difference stands in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from taskgraft.statistics import Interval
from taskgraft.verdict._wording import count, listed, magnitude, points, span

# More scores than these, of one kind, are summed up in a sentence.
_MOST_NAMED = 4

Difference = tuple[str, Interval, bool]
"""An accuracy in words, what it changed by, and whether that may be claimed."""


@dataclass(frozen=True)
class Change:
    """What something did to one or more accuracies.

    Attributes:
        subject: What did it, as a sentence begins.
        differences: Of each accuracy.
        tail: What to add before the number of seeds.
        end: What to say in place of the number of seeds.
        short: What did it, in a list of several; the subject unless given.
    """

    subject: str
    differences: Sequence[Difference]
    tail: str = ""
    end: str = ""
    short: str = ""

    @property
    def sentence(self) -> str:
        """It alone."""
        return changes(self.subject, self.differences, self.tail, self.end)

    @property
    def shows_nothing(self) -> bool:
        """Whether nothing is detected of it, and nothing undecided."""
        return not any(detected or interval.excludes_zero for _, interval, detected in self.differences)

    @property
    def kind(self) -> tuple[tuple[str, ...], str]:
        """Changes of one kind can stand in one sentence: of the same accuracies, over as many seeds."""
        return tuple(score for score, _, _ in self.differences), _ending(self)

    @property
    def part(self) -> str:
        """It as a part of a list."""
        name = self.short or f"{self.subject[0].lower()}{self.subject[1:]}"
        intervals = [interval for _, interval, _ in self.differences]
        if len(intervals) == 1:
            figures = f"{points(intervals[0].estimate)}, {span(intervals[0].low, intervals[0].high)}"
        else:
            figures = _spans(intervals)
        return f"{name}{self.tail} ({figures})"


def spoken(items: Iterable[Change | str]) -> Iterator[str]:
    """Sentences in order; changes of one kind that show nothing stand in one, where the first of them does.

    Example:
        >>> nothing = Interval(0.001, -0.003, 0.004, 5)
        >>> pair = [Change(f"{flow} flow", [("fine accuracy", nothing, False)]) for flow in ("Fine", "Top")]
        >>> print(*spoken(pair))
        No detectable difference in fine accuracy (95 % intervals): fine flow (+0.1, −0.3 to +0.4); \
top flow (+0.1, −0.3 to +0.4); 5 seeds.
    """
    listed_items = list(items)
    silent: dict[tuple[tuple[str, ...], str], list[Change]] = {}
    for item in listed_items:
        if isinstance(item, Change) and item.shows_nothing:
            silent.setdefault(item.kind, []).append(item)
    for item in listed_items:
        if isinstance(item, str):
            yield item
        elif not item.shows_nothing or len(silent[item.kind]) == 1:
            yield item.sentence
        elif silent[item.kind][0] is item:
            yield _in_one(silent[item.kind])


def _in_one(silent: Sequence[Change]) -> str:
    scores = [score for score, _, _ in silent[0].differences]
    where = listed(scores, "or") if len(scores) <= _MOST_NAMED else f"any of {len(scores)} accuracies"
    parts = "; ".join(one.part for one in silent)
    return f"No detectable difference in {where} (95 % intervals): {parts}; {_ending(silent[0])}."


def _ending(change: Change) -> str:
    num_seeds = change.differences[0][1].num_seeds
    seeds = "1 seed, which settles nothing" if num_seeds == 1 else count(num_seeds, "seed")
    return change.end or seeds


def changes(subject: str, differences: Sequence[Difference], tail: str = "", end: str = "") -> str:
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
    return f"{subject} {listed(clauses, 'and')}{tail}; {_ending(Change(subject, differences, end=end))}."


def _range(intervals: Sequence[Interval]) -> str:
    """Several accuracies by what holds of all of them."""
    return f"{len(intervals)} accuracies ({_spans(intervals)})"


def _spans(intervals: Sequence[Interval]) -> str:
    estimates = span(min(i.estimate for i in intervals), max(i.estimate for i in intervals))
    ends = span(min(i.low for i in intervals), max(i.high for i in intervals))
    return f"{estimates}, all 95 % intervals within {ends}"
