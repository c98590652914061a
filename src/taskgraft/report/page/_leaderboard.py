"""The leaderboard: a row a variant, with its scores, their intervals and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from taskgraft.report import _units as units
from taskgraft.report._score_text import charted_scores, interval_text, label, main_scores, shown
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table, transposed
from taskgraft.scores import about
from taskgraft.statistics import Interval
from taskgraft.verdict import Standing, Verdict, points, span


@dataclass(frozen=True)
class _Cost:
    title: str
    of: Callable[[Standing], float | None]
    written: Callable[[float], str]


def _latency(standing: Standing) -> float | None:
    return standing.inference.latency_p50_milliseconds if standing.inference else None


def _throughput(standing: Standing) -> float | None:
    return standing.inference.images_per_second if standing.inference else None


_COSTS = (
    _Cost("parameters", lambda s: s.cost.num_parameters, units.scaled),
    _Cost("MACs", lambda s: s.cost.macs, units.scaled),
    _Cost("training, s", lambda s: s.cost.train_seconds, units.seconds),
    _Cost("PFLOP", lambda s: s.cost.train_pflop, units.pflop),
    _Cost("memory, GB", lambda s: s.cost.peak_memory_bytes, lambda n: units.gigabytes(int(n))),
    _Cost("latency p50, ms", _latency, units.milliseconds),
    _Cost("images/s", _throughput, lambda n: f"{n:,.0f}"),
)


def leaderboard(verdict: Verdict) -> Table:
    """The main scores and every cost; what was measured of no variant is left out."""
    standings = verdict.standings
    scores = main_scores(verdict.score_names)
    columns = [score_column(name, standings) for name in scores]
    headings = [Column(label(name)) for name in scores]
    if any(standing.gain for standing in standings):
        columns.append([_gain(standing.gain) for standing in standings])
        headings.append(Column("gain Δm, %"))
    for number, (title, cells) in enumerate(cost_columns(standings)):
        headings.append(Column(title, is_group_start=number == 0))
        columns.append(cells)
    caption = "Scores on the test split with their 95 % intervals, and the cost of one run"
    return Table(
        "leaderboard",
        caption,
        (Column(verdict.noun, is_text=True), *headings, _SEEDS),
        _rows(verdict, columns),
    )


def other_scores(verdict: Verdict) -> Table | None:
    """The scores that the leaderboard leaves out; None when it shows them all."""
    scores = [name for name in verdict.score_names if name not in main_scores(verdict.score_names)]
    if not scores:
        return None
    columns = [score_column(name, verdict.standings) for name in scores]
    headings = (Column(verdict.noun, is_text=True), *(Column(label(name)) for name in scores), _SEEDS)
    return Table(
        "other-scores", "The remaining scores, with their 95 % intervals", headings, _rows(verdict, columns)
    )


def badges(verdict: Verdict, name: str) -> tuple[str, ...]:
    """What to say beside a variant's name."""
    words = {
        "recommended": verdict.recommendation is not None and verdict.recommendation.variant == name,
        "control": verdict.control == name,
        "on the front": any(s.is_on_front and s.variant == name for s in verdict.standings),
    }
    return tuple(badge for badge, applies in words.items() if applies)


def key_figures(standing: Standing) -> list[tuple[str, str]]:
    """What stands under a diagram: its accuracies with intervals, and its size."""
    entries = [
        (label(name), f"{shown(name, interval.estimate)} ({interval_text(name, interval)})")
        for name, interval in standing.scores.items()
        if name in charted_scores(standing.scores)
    ]
    sizes = [("parameters", standing.cost.num_parameters), ("MACs", standing.cost.macs)]
    return entries + [(title, units.scaled(number)) for title, number in sizes]


def score_column(score: str, standings: Sequence[Standing]) -> list[Cell]:
    """Means with intervals; the best is strong where there is more than one."""
    entries = [standing.scores.get(score) for standing in standings]
    best = _best((interval.estimate for interval in entries if interval), about(score).is_higher_better)
    return [
        NOTHING
        if interval is None
        else Cell(
            shown(score, interval.estimate),
            interval.estimate,
            interval_text(score, interval),
            is_strong=len(entries) > 1 and interval.estimate == best,
        )
        for interval in entries
    ]


def cost_columns(standings: Sequence[Standing]) -> list[tuple[str, list[Cell]]]:
    """The heading and the cells of each cost that was measured."""
    entries = []
    for cost in _COSTS:
        amounts = [cost.of(standing) for standing in standings]
        if any(value is not None for value in amounts):
            cells = [
                NOTHING if value is None else Cell(cost.written(value), float(value)) for value in amounts
            ]
            entries.append((cost.title, cells))
    return entries


_SEEDS = Column("seeds", is_group_start=True)


def _rows(verdict: Verdict, columns: Sequence[Sequence[Cell]]) -> tuple[Row, ...]:
    seeds = [_seeds(standing) for standing in verdict.standings]
    return tuple(
        Row(standing.variant, cells, badges(verdict, standing.variant))
        for standing, cells in zip(verdict.standings, transposed([*columns, seeds]), strict=True)
    )


def _seeds(standing: Standing) -> Cell:
    """How many runs are finished, with those that failed."""
    failed = f"{standing.num_failed} failed" if standing.num_failed else ""
    return Cell(str(len(standing.seeds)), len(standing.seeds), failed)


def _gain(gain: Interval | None) -> Cell:
    if gain is None:
        return NOTHING
    return Cell(points(gain.estimate), gain.estimate, span(gain.low, gain.high))


def _best(values: Iterable[float], is_higher_better: bool) -> float | None:
    return (max if is_higher_better else min)(values, default=None)
