"""By what the variants of a page can be filtered and grouped: whatever they differ in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from taskgraft.report._many import FEWEST_TO_FILTER
from taskgraft.study import Study
from taskgraft.verdict import Verdict, varied_levels

_MOST_LEVELS = 24


@dataclass(frozen=True)
class Facet:
    """One thing in which variants differ.

    Attributes:
        name: Of it, such as `architecture` or the key of a recipe.
        levels: Each with the places of its variants in the leaderboard.
    """

    name: str
    levels: tuple[tuple[str, tuple[int, ...]], ...]


def facets(study: Study, verdict: Verdict) -> tuple[Facet, ...] | None:
    """What tells groups of variants apart; None where variants are so few that nobody looks for one."""
    places = {standing.variant: place for place, standing in enumerate(verdict.standings)}
    if len(places) < FEWEST_TO_FILTER:
        return None
    variants = [v for v in study.record.request.variants if v.name in places]
    differing = {"architecture": {v.name: v.architecture.name for v in variants}, **varied_levels(variants)}
    made = (_facet(name, levels, places) for name, levels in differing.items())
    return tuple(facet for facet in made if 1 < len(facet.levels) <= min(_MOST_LEVELS, len(places) - 1))


def _facet(name: str, levels: Mapping[str, str], places: Mapping[str, int]) -> Facet:
    grouped: dict[str, list[int]] = {}
    for variant, level in levels.items():
        grouped.setdefault(level.removeprefix(f"{name}="), []).append(places[variant])
    return Facet(name, tuple((level, tuple(sorted(of))) for level, of in grouped.items()))
