"""Score against cost: a chart for each accuracy and each cost that was measured."""

from __future__ import annotations

from collections.abc import Mapping

from taskgraft.report._many import MOST_POINTS, most_telling
from taskgraft.report._score_text import charted_scores
from taskgraft.report._units import milliseconds, scaled
from taskgraft.report.charts import Cost, Figure, Look, Point, pareto_chart
from taskgraft.scores import about
from taskgraft.verdict import Standing, Verdict

_MACS = Cost("MACs to predict one image", scaled)
_LATENCY = Cost("latency of one image, median, ms", milliseconds)


def tradeoffs(verdict: Verdict, looks: Mapping[str, Look]) -> list[Figure]:
    """For each score the chart against MACs and the one against latency; none for a single variant."""
    if len(verdict.standings) < 2:
        return []
    figures = (
        _figure(kind, score, cost, verdict, looks)
        for score in charted_scores(verdict.score_names)
        for kind, cost in (("macs", _MACS), ("latency", _LATENCY))
    )
    return [figure for figure in figures if figure is not None]


def _figure(kind: str, score: str, cost: Cost, verdict: Verdict, looks: Mapping[str, Look]) -> Figure | None:
    drawn = most_telling(verdict, MOST_POINTS) | {s.variant for s in verdict.standings if s.is_on_front}
    points = [
        Point(standing.variant, looks[standing.variant], amount, standing.scores[score])
        for standing in verdict.standings
        if standing.variant in drawn
        and (amount := _amount(kind, standing)) is not None
        and score in standing.scores
    ]
    if len(points) < 2:
        return None
    what = "MACs" if kind == "macs" else "latency"
    caption = f"{about(score).label} against {what}"
    return Figure(
        f"{score}-against-{kind}", caption, pareto_chart(f"Score and cost: {caption}", score, cost, points)
    )


def _amount(kind: str, standing: Standing) -> float | None:
    if kind == "macs":
        return float(standing.cost.macs)
    return standing.inference.latency_p50_milliseconds if standing.inference else None
