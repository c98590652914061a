"""Differences and effects under one kind of decoding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from taskgraft.verdict._pairs import is_main
from taskgraft.verdict._records import Comparison, Effect


@dataclass(frozen=True)
class Findings:
    """What was compared.

    Attributes:
        comparisons: Every pair at every score.
        effects: Of the factorial, at every score.
    """

    comparisons: tuple[Comparison, ...]
    effects: tuple[Effect, ...]

    def at(self, score: str) -> Findings:
        """Those of one score."""
        return self._where(lambda name: name == score)

    def beside(self, score: str) -> Findings:
        """Those of the other accuracies."""
        return self._where(lambda name: is_main(name) and name != score)

    def _where(self, is_kept: Callable[[str], bool]) -> Findings:
        return Findings(
            tuple(c for c in self.comparisons if is_kept(c.score)),
            tuple(e for e in self.effects if is_kept(e.score)),
        )
