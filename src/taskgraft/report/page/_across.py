"""Studies of several datasets on one page: the effects on each, and their means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from taskgraft.file_writing import write_text
from taskgraft.report._across_terminal import study_letters
from taskgraft.report._facts import recipes_in_words
from taskgraft.report._many import MOST_BARS
from taskgraft.report._score_text import difference_text, difference_unit, span_text, with_unit
from taskgraft.report._two_studies import Concluded
from taskgraft.report._units import p_value
from taskgraft.report.charts import Bar, Figure, forest_figures
from taskgraft.report.page._html import title_of
from taskgraft.report.page._render import render
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.statistics import Interval
from taskgraft.verdict import Across, AcrossEffect


def write_across(concluded: Sequence[Concluded], across: Across, path: Path) -> Path:
    """Writes a page of the mean effects over datasets; opening it sends no request.

    Args:
        concluded: The studies with their verdicts.
        across: What they say together.
        path: Of the page.

    Returns:
        The path.

    Raises:
        StudyError: If the file cannot be written.
    """
    letters = study_letters(len(concluded))
    sections = [
        (
            title,
            _figures(key, title, effects, across.score),
            _table(key, title, effects, letters, across.score),
        )
        for key, title, effects in (
            ("from-flat", "Less the flat one, decoded as val favours", across.from_flat),
            ("from-control", "Less the control, each level by itself", across.from_control),
        )
        if effects
    ]
    contents: dict[str, Any] = {
        "title": f"{len(set(across.datasets))} datasets together",
        "across": across,
        "sections": sections,
        "studies": [
            (
                letter,
                title_of(study.record.request, verdict.noun),
                recipes_in_words(study.record.request),
                study,
                verdict,
            )
            for letter, (study, verdict) in zip(letters, concluded, strict=True)
        ],
    }
    write_text(path, render("across.html", contents))
    return path


def _figures(key: str, title: str, effects: Sequence[AcrossEffect], score: str) -> tuple[Figure, ...]:
    bars = [Bar(one.first, one.mean, one.is_detected) for one in effects[:MOST_BARS] if one.mean]
    return forest_figures(key, title, {score: bars})


def _table(
    key: str, title: str, effects: Sequence[AcrossEffect], letters: Sequence[str], score: str
) -> Table:
    unit = with_unit("difference", difference_unit(score))
    columns = (
        Column(title, is_text=True),
        *(Column(letter) for letter in letters),
        Column(f"mean {unit}", is_group_start=True),
        Column("p, Holm"),
        Column("datasets"),
    )
    return Table(
        key,
        f"{unit} on each dataset, with its 95 % interval, and the mean over datasets".capitalize(),
        columns,
        tuple(_row(one, score) for one in effects),
    )


def _row(one: AcrossEffect, score: str) -> Row:
    cells = (
        *(_cell(interval, score) for interval in one.of_studies),
        _cell(one.mean, score, is_strong=one.is_detected),
        Cell(p_value(one.adjusted_p), one.adjusted_p),
        Cell(str(one.mean.num_seeds), one.mean.num_seeds) if one.mean else NOTHING,
    )
    return Row(f"{one.first} − {one.second}", cells)


def _cell(interval: Interval | None, score: str, *, is_strong: bool = False) -> Cell:
    if interval is None:
        return NOTHING
    return Cell(
        difference_text(score, interval.estimate),
        interval.estimate,
        span_text(score, interval),
        is_strong=is_strong,
    )
