"""The picture that a page opens with."""

from __future__ import annotations

from taskgraft.report._many import MOST_BARS, most_telling
from taskgraft.report._score_text import label
from taskgraft.report._units import milliseconds, scaled
from taskgraft.report.charts import Candidate, Figure, choice_chart
from taskgraft.study import LATENCY
from taskgraft.verdict import Contender, Recommendation, Standing, Verdict, count, in_points, named


def choice_picture(verdict: Verdict) -> Figure | None:
    """Every variant at the primary score, best first; None where there is nothing to choose from."""
    chosen = verdict.recommendation
    if chosen is None or not any(one.score for one in chosen.contenders):
        return None
    drawn = most_telling(verdict, MOST_BARS)
    ones = sorted((one for one in chosen.contenders if one.variant in drawn), key=_rank)
    best = next((one.score for one in chosen.contenders if one.variant == chosen.best), None)
    band = (best.estimate - chosen.margin, best.estimate + chosen.margin) if best else None
    costs, cost = _costs(verdict, chosen)
    candidates = [Candidate(one.variant, one.score, costs[one.variant], one.place) for one in ones]
    figure = choice_chart(
        f"The choice in {label(chosen.score)}",
        chosen.score,
        candidates,
        band,
        (verdict.noun, cost, "verdict"),
    )
    return Figure("choice", _caption(chosen, is_cut=len(ones) < len(chosen.contenders)), figure)


def _rank(one: Contender) -> float:
    return -one.score.estimate if one.score else 1.0


def _costs(verdict: Verdict, chosen: Recommendation) -> tuple[dict[str, str], str]:
    """What each costs in words, and what that is: milliseconds where they decide and all were measured."""
    standings = verdict.standings
    if chosen.prefer == LATENCY and all(standing.inference for standing in standings):
        return {s.variant: _latency(s) for s in standings}, "one image, ms"
    return {one.variant: scaled(one.macs) for one in chosen.contenders}, "MACs"


def _latency(standing: Standing) -> str:
    return milliseconds(standing.inference.latency_p50_milliseconds) if standing.inference else "–"


def _caption(chosen: Recommendation, *, is_cut: bool) -> str:
    what = named(chosen.score)
    most = f" Drawn are those of the highest scores, of {len(chosen.contenders)}." if is_cut else ""
    band = f" The band is {in_points(chosen.margin)} to either side of {chosen.best}, the best on val."
    return (
        f"{what[0].upper()}{what[1:]} on test with its 95 % interval, {count(len(chosen.seeds), 'seed')}, "
        f"each decoded as val shows to be better.{band if chosen.best else ''}{most}"
    )
