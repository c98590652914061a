"""The search of the recipes: its chart, and a row a variant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from taskgraft.report._facts import tuning_in_words
from taskgraft.report.charts import Curve, Figure, Look, Panel, curve_chart, swatch
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.scores import about
from taskgraft.verdict import Tuned, Verdict

_FEW_PFLOP = 0.01


@dataclass(frozen=True)
class TuningSection:
    """What the page says of the search.

    Attributes:
        words: Which variants were searched, at what budget.
        figures: Best score against operations.
        legend: Of the figures: number, variant, its piece of line, and whether it is shown at first.
        table: A row a variant.
    """

    words: str
    figures: list[Figure]
    legend: list[tuple[int, str, Figure, bool]]
    table: Table


def tuning_section(
    verdict: Verdict, looks: Mapping[str, Look], shown: Collection[str]
) -> TuningSection | None:
    """The search of a study, with the lines of some variants shown at first; None without one."""
    if not verdict.tuning:
        return None
    score = about(verdict.tuning[0].score).label
    panel = _panel(verdict.tuning, looks, score)
    figure = Figure("score-against-budget", panel.title, curve_chart(panel))
    legend = [
        (number, one.variant, Figure("", "", swatch(looks[one.variant])), one.variant in shown)
        for number, one in enumerate(verdict.tuning, start=1)
    ]
    return TuningSection(tuning_in_words(verdict.tuning), [figure], legend, _table(verdict.tuning, score))


def _panel(tuned: tuple[Tuned, ...], looks: Mapping[str, Look], score: str) -> Panel:
    # Tiny searches would have an axis of 0.0001 and the like.
    unit, ratio = ("TFLOP", 1000) if tuned[0].budget_pflop < _FEW_PFLOP else ("PFLOP", 1)
    curves = (
        Curve(one.variant, looks[one.variant], (tuple((ratio * x, 100 * y) for x, y in one.curve),))
        for one in tuned
    )
    title = f"Best {score} on val to be expected of a search"
    return Panel(title, f"{score}, %", tuple(curves), along=f"{unit} of trials", at=unit)


def _table(tuned: tuple[Tuned, ...], score: str) -> Table:
    keys = tuple(dict.fromkeys(key for one in tuned for key in one.values))
    columns = (
        Column("variant", is_text=True),
        *(Column(key) for key in keys),
        Column(f"{score} on val before, %"),
        Column("of the best trial, %"),
        Column("trials"),
        Column("PFLOP"),
    )
    return Table("tuning", "What the search came to", columns, tuple(_row(one, keys) for one in tuned))


def _row(one: Tuned, keys: tuple[str, ...]) -> Row:
    short = ", ".join(
        f"{number} {what}"
        for number, what in ((one.num_pruned, "cut short"), (one.num_diverged, "diverged"))
        if number
    )
    return Row(
        one.variant,
        (
            *(_value(one, key) for key in keys),
            *(_share(each) for each in (one.score_before, one.score_best)),
            Cell(str(one.num_trials), one.num_trials, short),
            Cell(f"{one.train_pflop:.3g}", one.train_pflop),
        ),
    )


def _value(one: Tuned, key: str) -> Cell:
    if key not in one.values:
        return NOTHING
    value, before = (f"{each[key]:.4g}" for each in (one.values, one.before))
    return Cell(value, one.values[key], "as it was" if value == before else f"was {before}")


def _share(share: float | None) -> Cell:
    return NOTHING if share is None else Cell(f"{100 * share:.1f}", share)
