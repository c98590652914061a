"""How far probabilities can be trusted: reliability charts and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskgraft.report._score_text import spread_text
from taskgraft.report.charts import Figure, Look, reliability_chart
from taskgraft.report.page._tables import Cell, Column, Row, Table
from taskgraft.study import Spread
from taskgraft.verdict import Calibration, Verdict

_KINDS = {"nll": "NLL, nats", "brier": "Brier score", "ece": "calibration error, %"}


@dataclass(frozen=True)
class Calibrations:
    """What the section shows: a reliability chart for each level, and one table."""

    figures: tuple[Figure, ...]
    table: Table


def calibrations(verdict: Verdict, levels: Sequence[str], looks: Mapping[str, Look]) -> Calibrations | None:
    """The calibration of every variant; None where it was not measured."""
    if not verdict.calibrations:
        return None
    by_level = {level: [c for c in verdict.calibrations if c.level == level] for level in levels}
    figures = tuple(
        Figure(f"reliability-{level}", level, reliability_chart(level, entries, looks))
        for level, entries in by_level.items()
        if entries
    )
    return Calibrations(figures, _table(verdict.noun, [c for entries in by_level.values() for c in entries]))


def _table(noun: str, entries: Sequence[Calibration]) -> Table:
    columns = [Column(noun, is_text=True), Column("level", is_text=True)]
    for title in _KINDS.values():
        columns += [Column(title, is_group_start=True), Column("after temperature")]
    columns.append(Column("temperature", is_group_start=True))
    caption = "Before and after division of the logits by a temperature; mean ± standard deviation over seeds"
    return Table("calibration-table", caption, tuple(columns), tuple(map(_row, entries)))


def _row(calibration: Calibration) -> Row:
    cells = [Cell(calibration.level)]
    for kind in _KINDS:
        score = f"{kind}.{calibration.level}"
        cells += [_cell(score, calibration.raw[kind]), _cell(score, calibration.calibrated[kind])]
    temperature = calibration.temperature
    std = "" if temperature.std is None else f" ± {temperature.std:.2f}"
    cells.append(Cell(f"{temperature.mean:.2f}{std}", temperature.mean))
    return Row(calibration.variant, tuple(cells))


def _cell(score: str, spread: Spread) -> Cell:
    return Cell(spread_text(score, spread), spread.mean)
