"""The tables of a piece, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.methods.questions import QUESTIONS
from benchmarks.methods.records import Answer, Conclusion, Estimate, Row, Searched, Spread
from taskgraft.verdict import points, span

_FULL_PATH, _F1, _HOPS, _SEVERITY = "full_path_accuracy", "hierarchical_f1", "hops", "mistake_severity"
_NOTHING = "–"


def search_table(conclusion: Conclusion) -> str:
    """A line a variant: what its search came to, in how many trials, and what val said before and after."""
    keys = list(conclusion.budget.ranges)
    rows = []
    for row in conclusion.rows:
        one = row.searched
        values = [f"{one.values[key]:.3g}" if key in one.values else _NOTHING for key in keys]
        scores = [_percent(one.score_before), _percent(one.score)]
        rows.append([f"`{row.name}`", *values, _trials(one), *scores])
    head = ["variant", *(f"`{key}`" for key in keys), "trials", "val as it was, %", "val of the best, %"]
    return table(head, rows)


def in_words(score: str) -> str:
    """A score as a sentence names it.

    Example:
        >>> in_words("full_path_accuracy"), in_words("accuracy.fine")
        ('full path accuracy', 'accuracy of fine')
    """
    return score.replace("_", " ").replace(".", " of ")


def answers_table(conclusion: Conclusion) -> str:
    """A line a variant: of each question the difference in points, its interval, and what may be said."""
    by_question = {
        question: {answer.name: answer for answer in conclusion.answers[question.name]}
        for question in QUESTIONS
        if question.name in conclusion.answers
    }
    rows = [
        [f"`{row.name}`", *(_answer(answers.get(row.name)) for answers in by_question.values())]
        for row in conclusion.rows
        if any(row.name in answers for answers in by_question.values())
    ]
    return table(["variant", *(question.words for question in by_question)], rows)


def scores_table(conclusion: Conclusion) -> str:
    """A line a variant: its scores on test with their intervals."""
    levels = list(conclusion.levels)
    head = [
        "variant",
        *(f"{level}, %" for level in levels),
        "full path, %",
        "hF1, %",
        "HOPS, %",
        "severity",
        "delta-m, %",
    ]
    rows = []
    for row in conclusion.rows:
        shares = [*(f"accuracy.{level}" for level in levels), _FULL_PATH, _F1, _HOPS]
        cells = [_share(row.scores.get(name)) for name in shares]
        rows.append([f"`{row.name}`", *cells, _plain(row.scores.get(_SEVERITY)), _gain(row.gain)])
    return table(head, rows)


def costs_table(conclusion: Conclusion) -> str:
    """A line a variant: how well its probabilities are calibrated, and what it costs."""
    levels = list(conclusion.levels)
    errors = [f"error of {level} probabilities" for level in levels]
    head = ["variant", *errors, "parameters", "MACs", "seconds of training", "memory", "runs"]
    rows = [
        [
            f"`{row.name}`",
            *(_spread(row.errors.get(level)) for level in levels),
            f"{row.num_parameters / 1e6:.2f} M",
            f"{row.macs / 1e6:.1f} M",
            f"{row.train_seconds:.1f}",
            f"{row.peak_memory_bytes / 1e6:.0f} MB",
            _runs(row),
        ]
        for row in conclusion.rows
    ]
    return table(head, rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells as Markdown.

    Example:
        >>> table(["a", "b"], [["1", "2"]]).splitlines()
        ['| a | b |', '|---|---|', '| 1 | 2 |']
    """
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _answer(answer: Answer | None) -> str:
    if answer is None:
        return _NOTHING
    difference = answer.difference
    ends = span(difference.low, difference.high)
    return f"{points(difference.value)} ({ends}): {_in_bold(answer.said)}"


def _in_bold(said: str) -> str:
    return f"**{said}**" if said in ("better", "worse") else said


def _percent(score: float | None) -> str:
    return _NOTHING if score is None else f"{100 * score:.1f}"


def _trials(one: Searched) -> str:
    parts = [(one.num_pruned, "cut short"), (one.num_diverged, "diverged")]
    ends = [f"{number} {how}" for number, how in parts if number]
    return f"{one.num_trials} ({', '.join(ends)})" if ends else str(one.num_trials)


def _share(one: Estimate | None) -> str:
    return _NOTHING if one is None else f"{100 * one.value:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})"


def _plain(one: Estimate | None) -> str:
    return _NOTHING if one is None else f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def _gain(one: Estimate | None) -> str:
    return _NOTHING if one is None else f"{points(one.value)} ({span(one.low, one.high)})"


def _spread(one: Spread | None) -> str:
    if one is None:
        return _NOTHING
    return f"{one.mean:.3f}" if one.std is None else f"{one.mean:.3f} ± {one.std:.3f}"


def _runs(row: Row) -> str:
    return f"{row.num_seeds}, and {row.num_failed} that diverged" if row.num_failed else str(row.num_seeds)
