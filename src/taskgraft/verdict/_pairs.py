"""Differences as sentences speak of them: of accuracies, of one variant in place of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from taskgraft.statistics import Interval
from taskgraft.verdict._records import Comparison
from taskgraft.verdict._wording import named


def is_main(score: str) -> bool:
    """Whether sentences speak of a score: the accuracy of a level or of the full path."""
    return score.startswith("accuracy.") or score == "full_path_accuracy"


def in_place_of(comparisons: Sequence[Comparison], name: str, other: str) -> list[Comparison]:
    """The one less the other, in every score; empty for two that share no seed."""
    pairs = [c for c in comparisons if {c.first, c.second} == {name, other}]
    return [c if c.first == name else c.turned for c in pairs]


class _Difference(Protocol):
    """A difference in one score, with whether it may be claimed."""

    @property
    def score(self) -> str: ...
    @property
    def interval(self) -> Interval: ...
    @property
    def is_detected(self) -> bool: ...


def by_score(differences: Sequence[_Difference]) -> list[tuple[str, Interval, bool]]:
    """Differences as `changes` puts them into a sentence."""
    return [(named(one.score), one.interval, one.is_detected) for one in differences]
