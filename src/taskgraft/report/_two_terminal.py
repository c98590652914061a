"""Two studies as plain text that fits one screen: whether B beats A, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.report._columns import is_narrow, table, wrapped
from taskgraft.report._facts import recipes_in_words
from taskgraft.report._score_text import difference_text, difference_unit, span_text
from taskgraft.report._terminal import MAX_LINES, short_score_title
from taskgraft.report._two_studies import Concluded, differing
from taskgraft.verdict import BetweenStudies, StudyDifference, count, is_main

_MAX_DIFFERING = 4
# The table has at least so many lines, before anything else is said.
_MIN_TABLE = 6


def two_studies_text(first: Concluded, second: Concluded, between: BetweenStudies) -> str:
    """How study B compares with study A, in 80 columns and 36 lines; the page says the rest.

    Args:
        first: Study A with its verdict.
        second: Study B with its verdict.
        between: How they compare.
    """
    studies = [*_study("A", first), *_study("B", second)]
    differences = [wrapped(one, 2, "- ") for one in differing(first, second)[:_MAX_DIFFERING]]
    listed = ["What differs", *(line for lines in differences for line in lines)]
    parts = [studies, listed if differences else ["They are the same request."]]
    if between.reason:
        side_by_side = "Nothing is paired, so no difference is given: the page shows them side by side"
        parts.append(wrapped(f"{side_by_side} ({between.reason}).", 3))
        parts.append([*_advice("A", first), *_advice("B", second)])
        return _joined(parts)
    parts.append(wrapped(between.headline, 4))
    legend = wrapped(_legend(between), 5)
    room = MAX_LINES - sum(len(part) + 1 for part in parts) - len(legend)
    if between.decoded_sentences:
        recommended = wrapped(between.decoded_sentences[0], 6)
        if room - len(recommended) - 1 >= _MIN_TABLE:
            parts.append(recommended)
            room -= len(recommended) + 1
    rows = _table(between, room)
    parts.append([*rows, *legend])
    advice = [*_advice("A", first), *_advice("B", second)]
    if len(rows) + len(advice) + 1 <= room:
        parts.append(advice)
    return _joined(parts)


def _joined(parts: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(part) for part in parts if part)


def _study(letter: str, concluded: Concluded) -> list[str]:
    request = concluded[0].record.request
    words = f"{concluded[0].directory}: {request.data.source}, recipe {recipes_in_words(request)}"
    return wrapped(f"{words}, {count(len(request.seeds), 'seed')}", 2, f"{letter}  ")


def _advice(letter: str, concluded: Concluded) -> list[str]:
    chosen = concluded[1].recommendation
    if chosen is None:
        return []
    what = f"take {chosen.variant}" if chosen.variant else "nothing is recommended"
    return wrapped(f"in {letter}, for {chosen.prefer}, {what}.", 1, "- ")


def _table(between: BetweenStudies, most: int) -> list[str]:
    """B less A in the accuracies, a row a variant; those that changed most, where not all fit."""
    main = [d for d in between.differences if is_main(d.score)]
    scores = list(dict.fromkeys(d.score for d in main))
    names = list(dict.fromkeys(d.name for d in main))
    cells = {(d.name, d.score): _cell(d) for d in main}
    first = f"B less A, {difference_unit(scores[-1])}"
    while len(scores) > 1 and not _fits(first, scores, [[n, *(cells[n, s] for s in scores)] for n in names]):
        scores.pop(0)
    change = {d.name: abs(d.interval.estimate) for d in main if d.score == scores[-1]}
    titles = [short_score_title(score) for score in scores]
    for number in range(len(names), 0, -1):
        kept = sorted(names, key=lambda name: -change.get(name, 0.0))[:number]
        rows = [[name, *(cells[name, score] for score in scores)] for name in names if name in kept]
        lines = table(first, titles, rows)
        if number < len(names):
            lines.append(f"and {len(names) - number} more: see the page")
        if len(lines) <= most:
            break
    return lines


def _fits(first: str, scores: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    return is_narrow(first, [short_score_title(score) for score in scores], rows)


def _cell(difference: StudyDifference) -> str:
    score, interval = difference.score, difference.interval
    mark = "*" if difference.is_detected else ""
    return f"{difference_text(score, interval.estimate)} ({span_text(score, interval)}){mark}"


def _legend(between: BetweenStudies) -> str:
    numbers = dict.fromkeys(f"{a} and {b}" for a, b in (d.num_seeds for d in between.differences))
    num_pairs = len({d.name for d in between.differences})
    holm = f" after Holm's correction over {num_pairs} variants" if num_pairs > 1 else ""
    return (
        f"In brackets the 95 % interval: the {between.num_images:,} test images are paired, seeds are not "
        f"({'; '.join(numbers)}). *: detected{holm}. {between.looks}"
    ).rstrip()
