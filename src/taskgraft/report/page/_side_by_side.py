"""Two studies on one page: what differs between them, and their leaderboards next to each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from taskgraft.file_writing import write_text
from taskgraft.report._facts import recipes_in_words
from taskgraft.report._score_text import label, main_scores
from taskgraft.report._two_studies import Concluded, differing
from taskgraft.report.page._between import between_section, decoded_section
from taskgraft.report.page._html import title_of
from taskgraft.report.page._leaderboard import cost_columns, score_column
from taskgraft.report.page._render import render
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table, transposed
from taskgraft.verdict import BetweenStudies, Standing, Verdict

Titled = tuple[str, list[Cell]]
_LETTERS = ("A", "B")


def write_side_by_side(first: Concluded, second: Concluded, between: BetweenStudies, path: Path) -> Path:
    """Writes a page that shows two studies side by side, and how they compare; opening it sends no request.

    Args:
        first: Study A with its verdict.
        second: Study B with its verdict.
        between: How they compare; where nothing is, their scores stand next to each other.
        path: Of the page.

    Returns:
        The path.

    Raises:
        StudyError: If the file cannot be written.
    """
    studies = tuple(zip(_LETTERS, (first, second), strict=True))
    contents: dict[str, Any] = {
        "title": "Two studies side by side",
        "studies": [
            (
                letter,
                title_of(study.record.request, verdict.noun),
                recipes_in_words(study.record.request),
                study,
                verdict,
            )
            for letter, (study, verdict) in studies
        ],
        "differing": differing(first, second),
        "between": between,
        "section": between_section(between),
        "decoded": decoded_section(between),
        "tables": [_scores(first[1], second[1]), _costs(first[1], second[1])],
    }
    write_text(path, render("side_by_side.html", contents))
    return path


def _scores(first: Verdict, second: Verdict) -> Table:
    names = dict.fromkeys((*main_scores(first.score_names), *main_scores(second.score_names)))
    columns = [
        [(label(name), score_column(name, verdict.standings)) for name in names]
        for verdict in (first, second)
    ]
    caption = "Scores on the test split with their 95 % intervals; bold is the best of one study"
    return _paired("scores-table", caption, first.standings, second.standings, columns)


def _costs(first: Verdict, second: Verdict) -> Table:
    columns = [cost_columns(verdict.standings) for verdict in (first, second)]
    return _paired("costs-table", "The cost of one run", first.standings, second.standings, columns)


def _paired(
    key: str,
    caption: str,
    first: Sequence[Standing],
    second: Sequence[Standing],
    columns: Sequence[Sequence[Titled]],
) -> Table:
    """Columns of the same title next to each other, rows of the same variant in one."""
    names = list(dict.fromkeys(standing.variant for standing in (*first, *second)))
    titles = dict.fromkeys(title for of_study in columns for title, _ in of_study)
    headings, cells = [Column("variant", is_text=True)], []
    for title in titles:
        for letter, standings, of_study in zip(_LETTERS, (first, second), columns, strict=True):
            headings.append(Column(f"{letter}: {title}", is_group_start=letter == _LETTERS[0]))
            by_name = dict(zip((s.variant for s in standings), dict(of_study).get(title, []), strict=False))
            cells.append([by_name.get(name, NOTHING) for name in names])
    rows = tuple(Row(name, row) for name, row in zip(names, transposed(cells), strict=True))
    return Table(key, caption, tuple(headings), rows)
