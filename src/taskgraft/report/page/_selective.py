"""Answers that stop where they are unsure: charts of risk against coverage, and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskgraft.report.charts import Figure, Look, RiskCurve, risk_chart
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.study import Spread
from taskgraft.verdict import PROMISED, Selective, Verdict

CLIMBING, NO_RULE = "climbing", "none"


@dataclass(frozen=True)
class SelectiveAnswers:
    """What the section shows.

    Attributes:
        variants: Every variant's chart of climbing.
        variant: Whose rules are compared: the recommended one, the best on val, or the first.
        rules: Its chart, a line a rule.
        tables: Of the variants, and of the rules.
    """

    variants: Figure
    variant: str
    rules: Figure
    tables: tuple[Table, Table]

    @property
    def figures(self) -> tuple[Figure, Figure]:
        """Both charts."""
        return self.variants, self.rules


def selective_answers(verdict: Verdict, looks: Mapping[str, Look]) -> SelectiveAnswers | None:
    """The section; None without a tree of levels, or images labelled at all of them."""
    climbing = [one for one in verdict.selective if one.level is None]
    if not climbing:
        return None
    named = (verdict.recommendation and verdict.recommendation.favoured) or climbing[0].variant
    rules = [one for one in verdict.selective if one.variant == named]
    curves = [
        RiskCurve(_rule(one), Look(hue, is_dashed=one.level is not None), one.curve)
        for hue, one in enumerate(rules)
    ]
    if (risk := _risk_of_all(rules)) is not None:
        curves.append(RiskCurve(NO_RULE, Look(len(rules), is_dashed=True), ((0.0, 0.0), (1.0, risk))))
    by_variant = [RiskCurve(one.variant, looks[one.variant], one.curve) for one in climbing]
    title = "Risk against coverage"
    chart_of_rules = risk_chart(f"{title}: rules of {named}", curves, is_named=True)
    return SelectiveAnswers(
        Figure("risk-coverage", f"{verdict.noun.capitalize()}s", risk_chart(title, by_variant)),
        named,
        Figure("risk-coverage-rules", f"Rules of {named}", chart_of_rules),
        (_variants_table(verdict.noun, climbing), _rules_table(named, rules)),
    )


def _rule(one: Selective) -> str:
    return CLIMBING if one.level is None else f"only {one.level}"


def _risk_of_all(rules: Sequence[Selective]) -> float | None:
    """How often whole paths are wrong: what climbing ends with. None where its last point is not that."""
    coverage, risk = rules[0].curve[-1]
    return risk if coverage == 1.0 else None


def _variants_table(noun: str, entries: Sequence[Selective]) -> Table:
    columns = (Column(noun, is_text=True), Column("area under the curve, %"), *_promised_columns())
    caption = "Climbing, on the test images; mean ± standard deviation over seeds"
    rows = (Row(one.variant, (_cell(one.area, digits=2), *_promised_cells(one))) for one in entries)
    return Table("selective-table", caption, columns, tuple(rows))


def _rules_table(variant: str, rules: Sequence[Selective]) -> Table:
    caption = f"Rules of {variant}, on the test images; mean ± standard deviation over seeds"
    rows = [Row(_rule(one), (_cell(one.area, digits=2), *_promised_cells(one))) for one in rules]
    if (risk := _risk_of_all(rules)) is not None:
        # To tell less, images are left out by lot: a straight line.
        area = Cell(f"{50 * risk:.2f}", risk / 2)
        rows.append(Row(NO_RULE, (area, *[NOTHING] * len(_promised_columns()))))
    columns = (Column("rule", is_text=True), Column("area under the curve, %"), *_promised_columns())
    return Table("selective-rules-table", caption, columns, tuple(rows))


def _promised_columns() -> tuple[Column, ...]:
    return tuple(
        column
        for target in PROMISED
        for column in (
            Column(f"coverage at {100 * target:g} % promised, %", is_group_start=True),
            Column("right, %"),
        )
    )


def _promised_cells(one: Selective) -> tuple[Cell, ...]:
    promised = {each.target: each for each in one.promised}
    return tuple(
        cell
        for target in PROMISED
        for cell in (
            (_cell(promised[target].coverage), _cell(promised[target].accuracy))
            if target in promised
            else (NOTHING, NOTHING)
        )
    )


def _cell(spread: Spread, digits: int = 1) -> Cell:
    std = "" if spread.std is None else f" ± {100 * spread.std:.{digits}f}"
    return Cell(f"{100 * spread.mean:.{digits}f}{std}", spread.mean)
