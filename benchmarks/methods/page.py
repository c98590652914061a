"""The page of `docs/results`, written from the records at hand and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.methods.pieces import Piece
from benchmarks.methods.questions import OVER_FLAT
from benchmarks.methods.records import Conclusion
from benchmarks.methods.tables import answers_table, costs_table, in_words, scores_table, search_table
from benchmarks.methods.words import advice, undecided
from taskgraft.verdict import count

# What a reader has to know, whatever the records say.
_READING = Path(__file__).with_name("reading.md")
_NO_TREE = (
    "Labels do not follow the tree here. What sums or decodes along it, `flat` above all, is right about the "
    "coarser level by chance alone, so nothing is compared with it."
)


def page(conclusions: Sequence[Conclusion], pieces: Sequence[Piece]) -> str:
    """The page as Markdown.

    Args:
        conclusions: The records at hand, in order.
        pieces: All that the benchmark has.
    """
    return "\n\n".join([*_opening(conclusions, pieces), *map(_section, conclusions), _READING.read_text()])


def _opening(conclusions: Sequence[Conclusion], pieces: Sequence[Piece]) -> Iterator[str]:
    yield "# Multi-task methods, judged"
    yield (
        "*Written by `python -m benchmarks.methods page` from the records in `multi-task-methods/`, every "
        "sentence by rule. Each record is written by the command of its section.*"
    )
    done = {one.piece for one in conclusions}
    todo = [piece.title for piece in pieces if piece.name not in done]
    text = (
        f"{len(done)} of {count(len(pieces), 'data set')} trained: {'; '.join(c.title for c in conclusions)}."
    )
    yield f"{text} Still to be trained: {'; '.join(todo)}." if todo else text
    yield "## What to do"
    yield _bullets(advice(conclusions))
    yield "## What stays open"
    yield _bullets(undecided(conclusions)) or "- Nothing: every question has an answer."


def _bullets(lines: Iterator[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _section(one: Conclusion) -> str:
    parts = [
        f"## {one.title}",
        _facts(one),
        _search(one),
        search_table(one),
        *([f"Best flow on val: `{one.best_flow}`."] if one.best_flow else []),
        answers_table(one),
        *([] if OVER_FLAT.name in one.answers else [_NO_TREE]),
        scores_table(one),
        costs_table(one),
    ]
    if one.cautions:
        parts.append("What the verdict warns of:\n\n" + _bullets(iter(one.cautions)))
    return "\n\n".join(parts)


def _facts(one: Conclusion) -> str:
    images = ", ".join(f"{number:,} {split}" for split, number in one.num_images.items())
    levels = ", ".join(f"{name} ({number:,})" for name, number in one.levels.items())
    options = ", ".join(f"{name}={value}" for name, value in one.options.items())
    days = one.began if one.began == one.ended else f"{one.began} to {one.ended}"
    lines = [
        f"`{one.command}`",
        f"{one.source}{f' ({options})' if options else ''}, {one.split}: {images} images; levels: {levels}",
        f"recipe `{one.recipe}`, {count_of(one.epochs)}, seeds {', '.join(map(str, one.seeds))}; {days}",
        *one.machines,
    ]
    return _bullets(iter(lines))


def count_of(epochs: float) -> str:
    """A length in words.

    Example:
        >>> count_of(3.0), count_of(0.5)
        ('3 epochs', '0.5 epochs')
    """
    return f"{epochs:g} epoch" if epochs == 1 else f"{epochs:g} epochs"


def _search(one: Conclusion) -> str:
    budget = one.budget
    keys = ", ".join(f"`{key}` {words}" for key, words in budget.ranges.items())
    return (
        f"Every variant was searched with the same operations, {budget.pflop:.3g} PFLOP, as "
        f"{count(budget.num_trials, 'trial')} of the costliest take: {keys}. A trial has "
        f"{budget.length_ratio:g} of a run's length, and {in_words(budget.score)} on val judges it."
    )
