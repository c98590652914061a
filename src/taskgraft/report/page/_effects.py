"""The effects of each factor, and their interactions: charts and one table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskgraft.report._many import MOST_BARS, first_by, known_p
from taskgraft.report._score_text import charted_scores, difference_unit, with_unit
from taskgraft.report.charts import Bar, Figure, forest_figures
from taskgraft.report.page._difference_cells import difference_cells, difference_columns
from taskgraft.report.page._tables import Cell, Column, Row, Table
from taskgraft.scores import about
from taskgraft.verdict import Effect, Verdict

PLAIN = "independent"  # the decoding of every level by itself


@dataclass(frozen=True)
class Effects:
    """What the section shows.

    Attributes:
        figures: A chart for each accuracy.
        table: Every effect on every score.
        is_cut: Whether the charts hold the most telling effects only.
    """

    figures: tuple[Figure, ...]
    table: Table
    is_cut: bool


def effects(verdict: Verdict) -> Effects | None:
    """The factorial effects; None where the study does not hold the whole factorial."""
    if not verdict.effects:
        return None
    by_score = {name: [e for e in verdict.effects if e.score == name] for name in verdict.score_names}
    listed = {name: effects for name, effects in by_score.items() if effects}
    rows = [effect for effects in listed.values() for effect in effects]
    charted = {score: listed[score] for score in charted_scores(listed)}
    drawn = _most_telling(charted)
    bars = {
        score: [Bar(_short(_name(e)), e.interval, e.is_detected) for e in effects if e.name in drawn]
        for score, effects in charted.items()
    }
    table = effects_table("effects-table", "Every effect on every score", rows)
    is_cut = any(e.name not in drawn for e in rows)
    return Effects(forest_figures("effects", "Effects", bars), table, is_cut)


def _most_telling(charted: Mapping[str, Sequence[Effect]]) -> set[str]:
    """The main effects, then the interactions of the smallest p at any score."""
    every = [effect for effects in charted.values() for effect in effects]
    least: dict[str, float] = {}
    for effect in every:
        least[effect.name] = min(known_p(effect.interval.p), least.get(effect.name, 1.0))
    return set(first_by(list(least), lambda name: (" x " in name, least[name]), MOST_BARS))


def effects_table(key: str, caption: str, listed: Sequence[Effect]) -> Table:
    """A row an effect; where one is of another decoding than the plain one, each says its own."""
    has_decoding = any(effect.decoding != PLAIN for effect in listed)
    columns = (
        Column("effect", is_text=True),
        Column("on", is_text=True),
        *([Column("decoding", is_text=True)] if has_decoding else []),
        *difference_columns("size"),
    )
    return Table(key, caption, columns, tuple(_row(effect, has_decoding) for effect in listed))


def _row(effect: Effect, has_decoding: bool) -> Row:
    return Row(
        _name(effect),
        (
            Cell(with_unit(about(effect.score).label, difference_unit(effect.score))),
            *([Cell(effect.decoding)] if has_decoding else []),
            *difference_cells(effect),
        ),
    )


def _name(effect: Effect) -> str:
    return effect.name.replace(" x ", " × ")


def _short(name: str) -> str:
    """An effect without the tables that its keys stand in.

    Example:
        >>> _short("sharing × optimizer.learning_rate=0.1")
        'sharing × learning_rate=0.1'
    """
    return re.sub(r"\b[a-z_]+\.(?=[a-z_.]+=)", "", name)
