"""The scores of every variant under every way of turning its logits into a path."""

from __future__ import annotations

from dataclasses import dataclass

from taskgraft.report._score_text import label, main_scores, spread_text
from taskgraft.report._units import scaled
from taskgraft.report.page._comparisons import pairs_table
from taskgraft.report.page._effects import effects_table
from taskgraft.report.page._tables import NOTHING, Cell, Column, Row, Table
from taskgraft.scores import about
from taskgraft.verdict import Comparison, Decoded, Verdict

MEANINGS = {
    "independent": "the most probable class of each level by itself; the classes need not form a path",
    "summed": "at every level, the class under which most probability of the leaves lies",
    "joint": "the path of the largest product of its classes' probabilities",
    "top-down": "the most probable class of the coarsest level, then its most probable child, and so on",
    "crm": "the path to the leaf of the least expected distance from the truth",
}


@dataclass(frozen=True)
class Decodings:
    """What the section shows.

    Attributes:
        meanings: Each decoding with what it does, where that is known.
        table: One row a decoding of a variant.
        pairs: For each other decoding than the plain one and each score: a title, and every pair.
        effects: The factorial's effects under each of these decodings; None without any.
    """

    meanings: tuple[tuple[str, str], ...]
    table: Table
    pairs: tuple[tuple[str, Table], ...]
    effects: Table | None


def decodings(verdict: Verdict) -> Decodings | None:
    """What the ways of decoding are worth; None without decodings."""
    if not verdict.decodings:
        return None
    compared: dict[tuple[str, str], list[Comparison]] = {}
    for one in verdict.decoded_comparisons:
        compared.setdefault((one.decoding, one.score), []).append(one)
    pairs = tuple(
        (
            f"{about(score).label}, decoding: {decoding}",
            pairs_table(f"decoded-pairs-{number}", score, of_both, verdict, f"; decoding: {decoding}"),
        )
        for number, ((decoding, score), of_both) in enumerate(compared.items())
    )
    effects = None
    if verdict.decoded_effects:
        caption = "Every effect under every other decoding"
        effects = effects_table("decoded-effects", caption, verdict.decoded_effects)
    named = dict.fromkeys(decoded.decoding for decoded in verdict.decodings)
    meanings = tuple((name, MEANINGS[name]) for name in named if name in MEANINGS)
    return Decodings(meanings, _table(verdict), pairs, effects)


def _table(verdict: Verdict) -> Table:
    """The best of each score is strong."""
    held = [name for name in verdict.score_names if any(name in d.scores for d in verdict.decodings)]
    scores = main_scores(held) or held
    columns = [
        Column(verdict.noun, is_text=True),
        Column("decoding", is_text=True),
        *(Column(label(name), is_group_start=i == 0) for i, name in enumerate(scores)),
        Column("MACs read", is_group_start=True),
    ]
    best = {name: _best(name, verdict) for name in scores}
    rows = tuple(_row(decoded, scores, best) for decoded in verdict.decodings)
    caption = "Scores by decoding; mean ± standard deviation over seeds"
    return Table("decodings-table", caption, tuple(columns), rows)


def _row(decoded: Decoded, scores: list[str], best: dict[str, float]) -> Row:
    cells = [Cell(decoded.decoding)]
    for name in scores:
        spread = decoded.scores.get(name)
        cells.append(
            NOTHING
            if spread is None
            else Cell(spread_text(name, spread), spread.mean, is_strong=spread.mean == best[name])
        )
    return Row(decoded.variant, (*cells, Cell(scaled(decoded.macs), decoded.macs)))


def _best(score: str, verdict: Verdict) -> float:
    means = [d.scores[score].mean for d in verdict.decodings if score in d.scores]
    return max(means) if about(score).is_higher_better else min(means)
