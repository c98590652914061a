"""What one study scores less the other, as charts and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from taskgraft.report._many import MOST_BARS, first_by, known_p
from taskgraft.report._score_text import charted_scores, difference_label, difference_unit, with_unit
from taskgraft.report.charts import Bar, Figure, forest_figures
from taskgraft.report.page._difference_cells import difference_cells, difference_columns
from taskgraft.report.page._tables import Cell, Column, Row, Table
from taskgraft.scores import about
from taskgraft.verdict import BetweenStudies, StudyDifference, is_main


@dataclass(frozen=True)
class BetweenSection:
    """What the section shows.

    Attributes:
        figures: A forest plot for each accuracy.
        tables: Of each score: its label, and every difference.
        is_cut: Whether the plots hold the most telling differences only.
    """

    figures: tuple[Figure, ...]
    tables: tuple[tuple[str, Table], ...]
    is_cut: bool


def between_section(between: BetweenStudies) -> BetweenSection | None:
    """B less A, for every variant at every score; None where nothing is compared."""
    return _section("between", "B less A", between.differences, lambda one: "")


def decoded_section(between: BetweenStudies) -> BetweenSection | None:
    """The same in the decodings that val favours; None where that is each level by itself everywhere."""
    title = "B less A, as val favours decoding"
    return _section("decoded-between", title, between.decoded_differences, _decoded)


def _decoded(one: StudyDifference) -> str:
    first, second = one.decodings
    return f"{first} in both" if first == second else f"A: {first}, B: {second}"


def _section(
    kind: str,
    title: str,
    differences: Sequence[StudyDifference],
    note: Callable[[StudyDifference], str],
) -> BetweenSection | None:
    if not differences:
        return None
    by_score: dict[str, list[StudyDifference]] = {}
    for one in differences:
        by_score.setdefault(one.score, []).append(one)
    drawn = _most_telling(differences)
    bars = {
        score: [
            Bar(one.name, one.interval, one.is_detected, note(one))
            for one in by_score[score]
            if one.name in drawn
        ]
        for score in charted_scores(by_score)
    }
    tables = tuple(
        (about(score).label, _table(f"{kind}-{number}", score, of_score, note))
        for number, (score, of_score) in enumerate(by_score.items())
    )
    is_cut = any(one.name not in drawn for one in differences)
    return BetweenSection(forest_figures(kind, title, bars), tables, is_cut)


def _most_telling(differences: Sequence[StudyDifference]) -> set[str]:
    """The variants of the smallest p in any accuracy."""
    least: dict[str, float] = {}
    for one in differences:
        if is_main(one.score):
            least[one.name] = min(known_p(one.interval.p), least.get(one.name, 1.0))
    return set(first_by(list(least), least.__getitem__, MOST_BARS))


def _table(
    key: str, score: str, rows: Sequence[StudyDifference], note: Callable[[StudyDifference], str]
) -> Table:
    has_notes = any(map(note, rows))
    columns = (
        Column("B less A", is_text=True),
        *([Column("decoded", is_text=True)] if has_notes else []),
        *difference_columns(with_unit("difference", difference_unit(score)), "images paired, seeds unpaired"),
        Column("seeds of A"),
        Column("seeds of B"),
    )
    cells = (
        (
            *([Cell(note(one))] if has_notes else []),
            *difference_cells(one),
            *(Cell(str(number), number) for number in one.num_seeds),
        )
        for one in rows
    )
    lines = tuple(Row(one.name, of_one) for one, of_one in zip(rows, cells, strict=True))
    return Table(key, difference_label(score).capitalize(), columns, lines)
