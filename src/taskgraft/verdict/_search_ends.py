"""Searches that ended where they were not allowed to go on: the best value lies at the end of its range."""

from __future__ import annotations

import math
from collections.abc import Iterator

from taskgraft.recipe import Range
from taskgraft.study import TunedVariant
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._wording import few

# This much of a range counts as its end, by ratios where it is searched by ratios.
_END, _MIDDLE = 0.1, 0.5


def about_search(evidence: Evidence) -> Iterator[str]:
    """One caution for all values that a search took at an end of their range, with nothing tried beyond."""
    record = evidence.study.tuning()
    searched = {} if record is None else record.variants
    ends = [
        f"{key} of {name} {one.values[key]:.3g} ({each})"
        for name, one in searched.items()
        if name in evidence.names
        for key, each in one.ranges.items()
        if _is_at_end(one, key, each)
    ]
    if ends:
        yield (
            f"A search ended at the end of what it was allowed to try: {few(ends, separator='; ')}. Better "
            "values may lie beyond, and such a variant may be less well tuned than its rivals: search a "
            "wider range (docs/tuning.md)."
        )


def _is_at_end(one: TunedVariant, key: str, searched: Range) -> bool:
    """Whether the best trial lies in the last tenth of a range and no other trial beyond it."""
    # A record from elsewhere may have values of other keys.
    values = [trial.values[key] for trial in one.trials if key in trial.values]
    if one.best is None or key not in one.values:
        return False
    best = one.values[key]
    place = _place(searched, best)
    is_low = place <= _END and best <= min(values) and not _is_least(searched)
    return is_low or (place >= 1 - _END and best >= max(values))


def _place(searched: Range, value: float) -> float:
    """Where a value lies in its range: from 0 at its low end to 1 at its high one."""
    if searched.is_log and min(searched.low, value) <= 0:
        return _MIDDLE
    scale = math.log if searched.is_log else float
    low, high = scale(searched.low), scale(searched.high)
    return (scale(value) - low) / (high - low) if high > low else _MIDDLE


def _is_least(searched: Range) -> bool:
    """Whether nothing lies below: no share is below 0, and no whole number of images below 1."""
    return searched.low <= (1 if searched.is_whole else 0)
