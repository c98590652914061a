"""A sweep of where the trunk forks: which fork to take, and what it is worth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import fmean

from taskgraft.architecture import CONTROL
from taskgraft.verdict._change import Change
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._pairs import by_score, in_place_of
from taskgraft.verdict._records import Comparison
from taskgraft.verdict._wording import listed

SHARED = "shared"


def is_fork(name: str) -> bool:
    """Whether an architecture is one of a sweep, by its name.

    Example:
        >>> is_fork("forked-2"), is_fork("forked-2@independent-macs"), is_fork("mine")
        (True, False, False)
    """
    return re.fullmatch(r"forked-\d+", name) is not None


def of_forks(evidence: Evidence, comparisons: Sequence[Comparison]) -> Iterator[Change]:
    """The fork that val favours, against both ends of the sweep: test only says what it is worth."""
    forks = [name for name in evidence.names if is_fork(name)]
    if not forks:
        return
    best = _favoured(evidence, forks)
    short = f"{best} (which val favours)" if len(forks) > 1 else best
    if len(forks) > 1:
        opening = f"Of the forks {listed(forks, 'and')}, val favours {best}: taken in place of {{}}, it"
    else:
        opening = f"Taking {best} in place of {{}}"
    ends = [name for name in (CONTROL, SHARED) if name in evidence.names] or [forks[0], forks[-1]]
    for end in dict.fromkeys(ends):
        if pairs := in_place_of(comparisons, best, end):
            yield Change(opening.format(end), by_score(pairs), short=f"{short} in place of {end}")
            opening, short = f"Taking {best} in place of {{}}", best


def _favoured(evidence: Evidence, forks: Sequence[str]) -> str:
    """The one of highest score on val: in the full path or, where it has none, at the finest level it has."""
    scores_of_runs = [run.val_scores for name in forks for run in evidence.runs(name)]
    levels = reversed(evidence.study.taxonomy.level_names)
    candidates = ["full_path_accuracy", *(f"accuracy.{level}" for level in levels)]
    score = next((name for name in candidates if all(name in scores for scores in scores_of_runs)), None)
    if score is None:
        return forks[0]
    return max(forks, key=lambda name: fmean(run.val_scores[score] for run in evidence.runs(name)))
