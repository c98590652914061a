"""How far probabilities can be trusted: reliability charts and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import SubElement

from taskgraft.report._axis import Axis
from taskgraft.report._figures import Figure
from taskgraft.report._frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_frame
from taskgraft.report._learning_chart import line_kind
from taskgraft.report._look import Look
from taskgraft.report._score_text import spread_text
from taskgraft.report._svg import chart, line, marker, written
from taskgraft.report._tables import Cell, Column, Row, Table
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


def reliability_chart(level: str, entries: Sequence[Calibration], looks: Mapping[str, Look]) -> str:
    """Accuracy against mean confidence of images of similar confidence, a line a variant.

    The i-th variant is a group of class `series-<i>`, counted from 1, so that a page can hide it.
    """
    x, y = Axis(0, 100, 20, LEFT, RIGHT), Axis(0, 100, 20, BOTTOM, TOP)
    svg = chart(WIDTH, HEIGHT, f"Reliability: {level}", _description(entries))
    draw_frame(svg, x, y, "mean confidence, %", "accuracy, %")
    line(svg, [(x.first, y.first), (x.last, y.last)], "ideal")
    for number, calibration in enumerate(entries, start=1):
        look = looks[calibration.variant]
        group = SubElement(svg, "g", {"class": f"series-{number}", "style": look.style})
        places = [(x.at(100 * b.confidence), y.at(100 * b.accuracy)) for b in calibration.bins]
        line(group, places, line_kind(look))
        for (left, top), one in zip(places, calibration.bins, strict=True):
            words = f"{100 * one.accuracy:.1f} % right at {100 * one.confidence:.1f} % confidence"
            hint = f"{calibration.variant}: {words}, {100 * one.share:.0f} % of images"
            marker(group, left, top, look.marker, hint)
    return written(svg)


def _description(entries: Sequence[Calibration]) -> str:
    errors = (f"{c.variant} {spread_text(f'ece.{c.level}', c.raw['ece'])} %" for c in entries)
    return (
        "Accuracy against mean confidence, in bins of as many images each; on the diagonal confidence is "
        f"right. Calibration error: {', '.join(errors)}."
    )


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
