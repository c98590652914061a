"""The effects of sharing and of flow, and their interaction: charts and one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.report._figures import Figure
from taskgraft.report._forest import Bar, forest_axis, forest_plot
from taskgraft.report._score_text import charted_scores, difference_text, difference_unit, span_text
from taskgraft.report._tables import Cell, Column, Row, Table
from taskgraft.report._units import p_value
from taskgraft.scores import about
from taskgraft.verdict import Effect, Verdict

PLAIN = "independent"  # the decoding of every level by itself


@dataclass(frozen=True)
class Effects:
    """What the section shows: a chart for each accuracy, and a table of every effect on every score."""

    figures: tuple[Figure, ...]
    table: Table


def effects(verdict: Verdict) -> Effects | None:
    """The factorial effects; None where the study does not hold the whole factorial."""
    if not verdict.effects:
        return None
    by_score = {name: [e for e in verdict.effects if e.score == name] for name in verdict.score_names}
    listed = {name: effects for name, effects in by_score.items() if effects}
    rows = [effect for effects in listed.values() for effect in effects]
    return Effects(_figures(listed), effects_table("effects-table", "Every effect on every score", rows))


def _figures(listed: dict[str, list[Effect]]) -> tuple[Figure, ...]:
    bars = {
        score: [Bar(_name(e), e.interval, e.is_detected) for e in listed[score]]
        for score in charted_scores(listed)
    }
    if not bars:
        return ()
    axis = forest_axis(next(iter(bars)), [bar for row in bars.values() for bar in row])
    return tuple(
        Figure(
            f"effects-{score}",
            about(score).label,
            forest_plot(f"Effects of sharing and flow: {about(score).label}", score, row, axis),
        )
        for score, row in bars.items()
    )


def effects_table(key: str, caption: str, listed: Sequence[Effect]) -> Table:
    """A row an effect; where one is of another decoding than the plain one, each says its own."""
    has_decoding = any(effect.decoding != PLAIN for effect in listed)
    columns = (
        Column("effect", is_text=True),
        Column("on", is_text=True),
        *([Column("decoding", is_text=True)] if has_decoding else []),
        Column("size"),
        Column("95 % interval", is_text=True),
        Column("unit", is_text=True),
        Column("p, Holm"),
    )
    return Table(key, caption, columns, tuple(_row(effect, has_decoding) for effect in listed))


def _row(effect: Effect, has_decoding: bool) -> Row:
    score, interval = effect.score, effect.interval
    return Row(
        _name(effect),
        (
            Cell(about(score).label),
            *([Cell(effect.decoding)] if has_decoding else []),
            Cell(difference_text(score, interval.estimate), interval.estimate, is_strong=effect.is_detected),
            Cell(span_text(score, interval), interval.low),
            Cell(difference_unit(score)),
            Cell(p_value(effect.adjusted_p), effect.adjusted_p),
        ),
    )


def _name(effect: Effect) -> str:
    return effect.name.replace(" x ", " × ")
