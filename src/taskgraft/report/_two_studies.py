"""Two studies together: what differs between them, and what one scores less the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.report._figures import Figure
from taskgraft.report._forest import Bar, forest_axis, forest_plot
from taskgraft.report._score_text import (
    charted_scores,
    difference_label,
    difference_text,
    difference_unit,
    span_text,
    with_unit,
)
from taskgraft.report._tables import Cell, Column, Row, Table
from taskgraft.report._units import p_value
from taskgraft.scores import about
from taskgraft.study import Study, differences
from taskgraft.verdict import BetweenStudies, StudyDifference, Verdict

Concluded = tuple[Study, Verdict]


@dataclass(frozen=True)
class BetweenSection:
    """What the section shows: a forest plot for each accuracy, and a table of each score."""

    figures: tuple[Figure, ...]
    tables: tuple[tuple[str, Table], ...]


def differing(first: Concluded, second: Concluded) -> list[str]:
    """What differs between the requests of two studies, a line an item."""
    return differences(first[0].record.request, second[0].record.request, ("in A", "in B"))


def between_section(between: BetweenStudies) -> BetweenSection | None:
    """B less A, for every variant at every score; None where nothing is compared."""
    if not between.differences:
        return None
    by_score: dict[str, list[StudyDifference]] = {}
    for one in between.differences:
        by_score.setdefault(one.score, []).append(one)
    tables = tuple(
        (about(score).label, _table(f"between-{number}", score, of_score))
        for number, (score, of_score) in enumerate(by_score.items())
    )
    return BetweenSection(_figures(by_score), tables)


def _figures(by_score: dict[str, list[StudyDifference]]) -> tuple[Figure, ...]:
    bars = {
        score: [Bar(d.name, d.interval, d.is_detected) for d in by_score[score]]
        for score in charted_scores(by_score)
    }
    if not bars:
        return ()
    axis = forest_axis(next(iter(bars)), [bar for row in bars.values() for bar in row])
    return tuple(
        Figure(
            f"between-{score}",
            about(score).label,
            forest_plot(f"B less A: {about(score).label}", score, row, axis),
        )
        for score, row in bars.items()
    )


def _table(key: str, score: str, rows: Sequence[StudyDifference]) -> Table:
    columns = (
        Column("B less A", is_text=True),
        Column(with_unit("difference", difference_unit(score))),
        Column("95 % interval, images paired, seeds unpaired", is_text=True),
        Column("p, Holm"),
        Column("seeds of A"),
        Column("seeds of B"),
    )
    return Table(key, difference_label(score).capitalize(), columns, tuple(_row(score, one) for one in rows))


def _row(score: str, difference: StudyDifference) -> Row:
    interval = difference.interval
    return Row(
        difference.name,
        (
            Cell(
                difference_text(score, interval.estimate),
                interval.estimate,
                is_strong=difference.is_detected,
            ),
            Cell(span_text(score, interval), interval.low),
            Cell(p_value(difference.adjusted_p), difference.adjusted_p),
            *(Cell(str(number), number) for number in difference.num_seeds),
        ),
    )
