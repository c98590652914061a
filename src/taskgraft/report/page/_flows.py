"""Whether trained flows are used: what happens to accuracy when something else flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskgraft.report._many import MOST_BARS, most_telling
from taskgraft.report._score_text import difference_text, span_text
from taskgraft.report.charts import Bar, Figure, forest_axis, forest_plot
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.verdict import FlowUse, Verdict

INTERVENTIONS: Mapping[str, str] = {
    "mean": "its mean over the val split",
    "shuffled": "what flows for another image",
    "oracle": "the true class, at its scale",
}


@dataclass(frozen=True)
class FlowUses:
    """What the section shows.

    Attributes:
        figures: A chart for each intervention.
        table: Every flow.
        is_cut: Whether the charts hold those of the most telling variants only.
    """

    figures: tuple[Figure, ...]
    table: Table
    is_cut: bool


def flow_uses(verdict: Verdict) -> FlowUses | None:
    """The ablation of flows; None where there are none, or none was measured."""
    if not verdict.flows:
        return None
    caption = "Change in the target level's accuracy, points, with its 95 % interval"
    columns = (
        Column(verdict.noun, is_text=True),
        Column("flow", is_text=True),
        *(Column(name) for name in INTERVENTIONS),
        Column("use", is_text=True),
    )
    table = Table("flows-table", caption, columns, tuple(map(_row, verdict.flows)))
    drawn = most_telling(verdict, MOST_BARS)
    kept = [use for use in verdict.flows if use.variant in drawn][:MOST_BARS] or verdict.flows[:MOST_BARS]
    return FlowUses(_figures(kept), table, len(kept) < len(verdict.flows))


def flow_name(use: FlowUse) -> str:
    """A flow by the levels it runs between."""
    return f"{use.source} → {use.target}"


def _figures(uses: Sequence[FlowUse]) -> tuple[Figure, ...]:
    # Every flow's target has an accuracy, and all accuracies are drawn alike.
    score = f"accuracy.{uses[0].target}"
    bars = {
        name: [
            Bar(use.variant, change, use.is_detected(name), flow_name(use))
            for use in uses
            if (change := use.changes.get(name)) is not None
        ]
        for name in INTERVENTIONS
    }
    drawn = {name: of_kind for name, of_kind in bars.items() if of_kind}
    return tuple(
        Figure(
            f"flow-{name}",
            f"{name}: {INTERVENTIONS[name]}",
            forest_plot(
                f"What is left when something else flows: {name}",
                score,
                of_kind,
                forest_axis(score, of_kind),
                "change in the target's accuracy, points",
            ),
        )
        for name, of_kind in drawn.items()
    )


def _row(use: FlowUse) -> Row:
    score = f"accuracy.{use.target}"
    cells = [Cell(flow_name(use))]
    for name in INTERVENTIONS:
        change = use.changes.get(name)
        cells.append(
            NOTHING
            if change is None
            else Cell(
                difference_text(score, change.estimate),
                change.estimate,
                span_text(score, change),
                is_strong=use.is_detected(name),
            )
        )
    cells.append(Cell(use.use, is_strong=use.use == "used"))
    return Row(use.variant, tuple(cells))
