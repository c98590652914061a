"""A verdict as plain text that fits one screen: what to remember, what to take, the scores, the cautions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from taskgraft.report._columns import bullets, is_narrow, table, wrapped
from taskgraft.report._facts import recipes_in_words
from taskgraft.report._many import most_telling
from taskgraft.report._score_text import charted_scores
from taskgraft.report._units import milliseconds, seconds
from taskgraft.statistics import Interval
from taskgraft.study import Request, Study
from taskgraft.verdict import Recommendation, Standing, Verdict, count

MAX_LINES = 36
"""With what stands around it, the text fits a screen of 40 lines."""

_MAX_TITLE, _MAX_HEADLINE, _MAX_ADVICE, _MAX_COMMAND, _MAX_LEGEND = 2, 4, 6, 2, 3
# Cautions have at least so many lines, whatever else there is: a heading, a caution and how many more.
_MIN_CAUTIONS = 5
_MAX_LEVEL_NAME = 18


@dataclass(frozen=True)
class _Column:
    title: str
    cell: Callable[[Standing], str]
    meaning: str = ""


def verdict_text(study: Study, verdict: Verdict, max_lines: int = MAX_LINES) -> str:
    """What a study concludes, in 80 columns and so many lines; its report says the rest.

    Args:
        study: The study.
        verdict: What it concludes.
        max_lines: At least 30.
    """
    request = study.record.request
    parts = [wrapped(_title(request), _MAX_TITLE), wrapped(verdict.headline, _MAX_HEADLINE)]
    if verdict.recommendation:
        parts.append(_advice(verdict.recommendation))
    # A blank line stands before the table, and one before the cautions.
    room = max_lines - sum(len(part) + 1 for part in parts) - 1
    cautions = _cautions(verdict.cautions, _MIN_CAUTIONS)
    scores, columns = _leaderboard(verdict, room - len(cautions) - _MAX_LEGEND)
    scores += wrapped(_legend(request, columns), _MAX_LEGEND)
    parts += [scores, _cautions(verdict.cautions, room - len(scores))]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _advice(chosen: Recommendation) -> list[str]:
    """What to take, or what would settle it, with the command where two lines hold it."""
    what = f"take {chosen.variant}" if chosen.variant else "nothing is recommended"
    words = f"For {chosen.prefer}, {what}. {chosen.reason} {chosen.remedy}".rstrip()
    lines = wrapped(words, _MAX_ADVICE)
    command = wrapped(chosen.command, _MAX_COMMAND + 1, "  ") if chosen.command else []
    return lines + (command if len(command) <= _MAX_COMMAND else [])


def _title(request: Request) -> str:
    data = request.data
    images = ", ".join(f"{number:,} {split}" for split, number in data.num_images.items())
    return (
        f"{data.source} ({request.split}), recipe {recipes_in_words(request)}, "
        f"{count(len(request.seeds), 'seed')}; {images} images"
    )


def _cautions(cautions: Sequence[str], most: int) -> list[str]:
    return ["To be careful about", *bullets(cautions, most - 1)] if cautions else []


def _leaderboard(verdict: Verdict, most: int) -> tuple[list[str], Sequence[_Column]]:
    """The table in at most so many lines, and its columns; rows that do not fit are counted at its end."""
    for num_rows in range(len(verdict.standings), 0, -1):
        telling = most_telling(verdict, num_rows)
        standings = [standing for standing in verdict.standings if standing.variant in telling]
        columns = _columns(verdict, standings)
        lines = table(
            verdict.noun,
            [column.title for column in columns],
            [[_name(s), *(column.cell(s) for column in columns)] for s in standings],
        )
        rest = len(verdict.standings) - num_rows
        if rest:
            lines.append(f"and {count(rest, f'more {verdict.noun}')}: see the report")
        if len(lines) <= most:
            break
    return lines, columns


def _columns(verdict: Verdict, standings: Sequence[Standing]) -> list[_Column]:
    """As many as fit: the costs go first, then the accuracies of the coarsest levels."""
    scores = [
        _Column(short_score_title(name), _score_cell(name)) for name in charted_scores(verdict.score_names)
    ]
    places = (
        {one.variant: one.place for one in verdict.recommendation.contenders}
        if verdict.recommendation
        else {}
    )
    costs = [
        *([_Column("verdict", lambda s: places.get(s.variant, ""))] if places else []),
        _Column("MACs", lambda s: f"{s.cost.macs / 1e6:.1f}", "MACs of one image, in millions"),
        _Column("train", lambda s: seconds(s.cost.train_seconds), "seconds to train one run"),
    ]
    if any(standing.inference for standing in standings):
        costs.append(_Column("ms", _latency, "median ms to predict one image"))
    while costs and not _fits(verdict, [*scores, *costs], standings):
        costs.pop()
    while len(scores) > 1 and not _fits(verdict, [*scores, *costs], standings):
        scores.pop(0)
    return scores + costs


def _fits(verdict: Verdict, columns: Sequence[_Column], standings: Sequence[Standing]) -> bool:
    rows = [[_name(s), *(column.cell(s) for column in columns)] for s in standings]
    return is_narrow(verdict.noun, [column.title for column in columns], rows)


def _name(standing: Standing) -> str:
    """A variant, with how many of its runs failed: no score says that."""
    total = len(standing.seeds) + standing.num_failed
    failed = f" ({standing.num_failed} of {total} failed)" if standing.num_failed else ""
    return f"{standing.variant}{failed}"


def short_score_title(score: str) -> str:
    """A level's name, or `full path`, as the heading of a narrow column."""
    title = score.partition(".")[2] or "full path"
    return title if len(title) <= _MAX_LEVEL_NAME else f"{title[: _MAX_LEVEL_NAME - 3]}..."


def _score_cell(score: str) -> Callable[[Standing], str]:
    return lambda standing: _percent(standing.scores[score])


def _latency(standing: Standing) -> str:
    cost = standing.inference
    return milliseconds(cost.latency_p50_milliseconds) if cost else "-"


def _legend(request: Request, columns: Sequence[_Column]) -> str:
    costs = "; ".join(column.meaning for column in columns if column.meaning)
    scores = "Accuracy on the test split, per cent, ± to the farther end of the 95 % interval over"
    return f"{scores} {request.varying}.{f' {costs[0].upper()}{costs[1:]}.' if costs else ''}"


def _percent(interval: Interval) -> str:
    return f"{100 * interval.estimate:.1f} ±{100 * interval.reach:.1f}"
