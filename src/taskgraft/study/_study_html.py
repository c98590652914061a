"""What a notebook shows of a study: its variants, with what they reached and cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from taskgraft.notebook_table import Cell, html_table
from taskgraft.study._records import DataRecord
from taskgraft.study._summary import Spread, VariantSummary

_FULL_PATH = "full_path_accuracy"
_MOST_ROWS, _MOST_LEVELS = 20, 4


def shown_scores(names: Iterable[str]) -> list[str]:
    """The scores that a notebook has room for: accuracies, of many levels the finest, and the full path."""
    held = list(names)
    accuracies = [name for name in held if name.startswith("accuracy.")]
    return accuracies[-_MOST_LEVELS:] + [name for name in held if name == _FULL_PATH]


def score_title(name: str) -> str:
    """What stands above a score: the level, or that it is of the full path."""
    return name.partition(".")[2] or "full path"


def study_html(
    directory: str, data: DataRecord, rows: Sequence[VariantSummary], rest: Mapping[str, int]
) -> str:
    """A study as a table; what it concludes is the verdict's to say.

    Args:
        directory: Where it is.
        data: What it is on.
        rows: Its variants with finished runs.
        rest: How many runs or files are otherwise, by what they are.
    """
    scores = shown_scores(rows[0].scores) if rows else []
    head = ["variant", "seeds", *(f"{score_title(name)} %" for name in scores), "million MACs"]
    images = ", ".join(f"{number:,} {split}" for split, number in data.num_images.items())
    title = f"{data.source} ({data.split}): {images} images"
    table = [_row(row, scores) for row in rows[:_MOST_ROWS]]
    return html_table(head if rows else [], table, [*_below(rows, rest), directory], [title])


def _row(row: VariantSummary, scores: Sequence[str]) -> list[Cell]:
    spreads = [row.scores.get(name) for name in scores]
    return [
        Cell(row.variant),
        Cell(f"{len(row.seeds)}"),
        *(Cell("-") if spread is None else _cell(spread) for spread in spreads),
        Cell(f"{row.cost.macs / 1e6:,.1f}"),
    ]


def _cell(spread: Spread) -> Cell:
    behind = "" if spread.std is None else f"±{100 * spread.std:.1f}"
    return Cell(f"{100 * spread.mean:.1f}", behind)


def _below(rows: Sequence[VariantSummary], rest: Mapping[str, int]) -> Iterator[str]:
    if len(rows) > _MOST_ROWS:
        yield f"and {len(rows) - _MOST_ROWS:,} more variants"
    yield "Accuracy on test, mean ± standard deviation over seeds; taskgraft.conclude says what it shows."
    said = [f"{number:,} {what}" for what, number in rest.items() if number]
    if said:
        yield f"Runs and files: {', '.join(said)}."
