"""Differences and effects under one kind of decoding."""

from __future__ import annotations

from dataclasses import dataclass

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
