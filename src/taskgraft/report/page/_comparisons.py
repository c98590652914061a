"""Every pair of variants at every score, and each against the control as a forest plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.report._many import MOST_BARS, MOST_PAIRS, most_telling, most_telling_pairs
from taskgraft.report._score_text import charted_scores, difference_label, difference_unit, with_unit
from taskgraft.report._units import p_value
from taskgraft.report.charts import Bar, Figure, forest_figures
from taskgraft.report.page._difference_cells import difference_cells, difference_columns
from taskgraft.report.page._tables import Cell, Column, Row, Table
from taskgraft.scores import about
from taskgraft.verdict import Comparison, Verdict


@dataclass(frozen=True)
class Comparisons:
    """What the section shows.

    Attributes:
        figures: A forest plot for each level and for the full path; empty without the control.
        tables: One a score: label and pairs.
        is_cut: Whether the tables hold the most telling pairs only.
    """

    figures: tuple[Figure, ...]
    tables: tuple[tuple[str, Table], ...]
    is_cut: bool = False


def comparisons(verdict: Verdict) -> Comparisons | None:
    """The differences of a study; None when nothing can be compared."""
    if not verdict.comparisons:
        return None
    by_score: dict[str, list[Comparison]] = {}
    for comparison in verdict.comparisons:
        by_score.setdefault(comparison.score, []).append(comparison)
    pairs = {name: by_score[name] for name in verdict.score_names if name in by_score}
    scores = list(pairs)
    tables = tuple(
        (
            f"{about(name).label}{', primary' if name == verdict.primary else ', exploratory'}",
            pairs_table(f"pairs-{number}", name, pairs[name], verdict),
        )
        for number, name in enumerate(scores)
    )
    num_pairs = max(map(len, pairs.values()))
    return Comparisons(_figures(charted_scores(scores), verdict), tables, num_pairs > MOST_PAIRS)


def against(verdict: Verdict, control: str, score: str) -> list[Comparison]:
    """Each other variant less the control, in the order of the leaderboard."""
    differences = {}
    for comparison in verdict.comparisons:
        if comparison.score == score and comparison.second == control:
            differences[comparison.first] = comparison
        elif comparison.score == score and comparison.first == control:
            differences[comparison.second] = comparison.turned
    return [differences[s.variant] for s in verdict.standings if s.variant in differences]


def _figures(scores: Sequence[str], verdict: Verdict) -> tuple[Figure, ...]:
    control = verdict.control
    if control is None:
        return ()
    drawn = most_telling(verdict, MOST_BARS)
    bars = {
        score: [
            Bar(c.first, c.interval, c.is_detected)
            for c in against(verdict, control, score)
            if c.first in drawn
        ]
        for score in scores
    }
    return forest_figures("difference", f"Difference from {control}", bars)


def pairs_table(
    key: str, score: str, pairs: Sequence[Comparison], verdict: Verdict, words: str = ""
) -> Table:
    """A row a pair; of very many pairs the most telling ones.

    Args:
        key: The table's id on the page.
        score: What the pairs are compared in.
        pairs: Of this score.
        verdict: Whose pairs they are.
        words: What else the caption is to say.
    """
    shown = most_telling_pairs(verdict, pairs)
    which = "Every pair" if len(shown) == len(pairs) else f"{len(shown)} of {len(pairs):,} pairs"
    columns = (
        Column("first less second", is_text=True),
        *difference_columns(with_unit("difference", difference_unit(score))),
        Column("p, exact"),
        Column("seeds"),
    )
    caption = f"{which}: {difference_label(score)}{words}"
    return Table(key, caption, columns, tuple(map(_row, shown)))


def _row(pair: Comparison) -> Row:
    return Row(
        f"{pair.first} − {pair.second}",
        (
            *difference_cells(pair),
            Cell(p_value(pair.exact_p), pair.exact_p),
            Cell(str(pair.interval.num_seeds), pair.interval.num_seeds),
        ),
    )
