"""Studies of several datasets as plain text: each effect on each dataset, and its mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from taskgraft.report._columns import is_narrow, table, wrapped
from taskgraft.report._score_text import difference_text, difference_unit, span_text
from taskgraft.report._two_studies import Concluded
from taskgraft.statistics import Interval
from taskgraft.verdict import Across, AcrossEffect

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_ROWS = 12


def across_text(concluded: Sequence[Concluded], across: Across) -> str:
    """The mean effects over datasets in 80 columns; the page says the rest.

    Args:
        concluded: The studies with their verdicts.
        across: What they say together.
    """
    letters = study_letters(len(concluded))
    studies = [
        line
        for letter, (study, _) in zip(letters, concluded, strict=True)
        for line in wrapped(f"{study.directory}: {study.record.request.data.source}", 2, f"{letter}  ")
    ]
    parts = [studies, *(wrapped(sentence, 5) for sentence in across.sentences)]
    unit = difference_unit(across.score)
    for effects, what in ((across.from_flat, "less the flat one"), (across.from_control, "less the control")):
        if effects:
            parts.append(_table(effects, f"{what}, {unit}", letters, across.score))
    parts.append(
        wrapped("In brackets the 95 % interval of the mean. *: detected after Holm's correction.", 2)
    )
    return "\n\n".join("\n".join(part) for part in parts)


def study_letters(number: int) -> list[str]:
    """What studies are called in tables.

    Example:
        >>> study_letters(28)[-2:]
        ['A1', 'B1']
    """
    return [_LETTERS[i % 26] + (str(i // 26) if i >= 26 else "") for i in range(number)]


def mean_text(score: str, effect: AcrossEffect) -> str:
    """A mean with its interval, and a star where it is detected."""
    if effect.mean is None:
        return "-"
    star = "*" if effect.is_detected else ""
    return f"{difference_text(score, effect.mean.estimate)} ({span_text(score, effect.mean)}){star}"


def _table(effects: Sequence[AcrossEffect], first: str, letters: Sequence[str], score: str) -> list[str]:
    """A row a variant, the studies as columns where they fit."""
    rows = [
        [one.first, *_cells(score, one.of_studies), mean_text(score, one)] for one in effects[:_MOST_ROWS]
    ]
    heads = [*letters, "mean"]
    if not is_narrow(first, heads, rows):
        rows, heads = [[row[0], row[-1]] for row in rows], ["mean"]
    lines = table(first, heads, rows)
    rest = len(effects) - len(rows)
    return [*lines, f"and {rest} more: see the page"] if rest else lines


def _cells(score: str, intervals: Iterable[Interval | None]) -> list[str]:
    return ["-" if one is None else difference_text(score, one.estimate) for one in intervals]
