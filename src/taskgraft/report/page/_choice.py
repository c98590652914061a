"""Every variant in the choice: what it may lose against the best, what it costs, and what would settle it."""

from __future__ import annotations

from taskgraft.report._contenders import outlook_text
from taskgraft.report._score_text import interval_text, label, shown
from taskgraft.report._units import scaled
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.verdict import Contender, Recommendation, Verdict, count, in_points, points, span


def choice_table(verdict: Verdict) -> Table | None:
    """A row a variant; None where there is nothing to choose from."""
    chosen = verdict.recommendation
    if chosen is None or not chosen.contenders:
        return None
    columns = (
        Column(verdict.noun, is_text=True),
        Column("place", is_text=True),
        Column("loses, points"),
        Column("to", is_text=True),
        Column(label(chosen.score)),
        Column("decoding", is_text=True),
        Column("MACs"),
        Column("what would settle it", is_text=True),
    )
    seeds = count(len(chosen.seeds), "seed")
    caption = (
        f"Who is within {in_points(chosen.margin)} of the best, over {seeds} that all have; losses against "
        "the rival that each may lose most to, with the 95 % interval"
    )
    rows = tuple(_row(one, chosen) for one in chosen.contenders)
    return Table("choice", caption, columns, rows)


def _row(one: Contender, chosen: Recommendation) -> Row:
    loss, score = one.loss, one.score
    cells = (
        Cell(one.place, is_strong=one.place == "recommended"),
        Cell(points(loss.estimate), loss.estimate, span(loss.low, loss.high)) if loss else NOTHING,
        Cell(one.rival) if one.rival else NOTHING,
        Cell(shown(chosen.score, score.estimate), score.estimate, interval_text(chosen.score, score))
        if score
        else NOTHING,
        Cell(one.decoding),
        Cell(scaled(one.macs), one.macs),
        Cell(outlook_text(one)) if outlook_text(one) else NOTHING,
    )
    badges = ("best on val",) if one.variant == chosen.best else ()
    return Row(one.variant, cells, badges)
