"""`results.csv`: derived from the runs' own records, and written anew whenever it is not what they give."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from taskgraft.evaluation.inference_cost import InferenceCost
from taskgraft.study.files import RESULTS, write_text
from taskgraft.study.records import RunRecord


def write_results(study: Path, runs: Sequence[RunRecord], inference: Mapping[str, InferenceCost]) -> None:
    """Writes one line a run, every score and cost; a file that says just that stays as it is.

    Args:
        study: The study directory.
        runs: The finished runs, in the order of the lines.
        inference: What prediction costs, by architecture.

    Raises:
        StudyError: If it cannot be written.
    """
    rows = [_row(run, inference.get(run.architecture)) for run in runs]
    if not rows:
        return
    text = io.StringIO()
    # A run that an older version wrote has fewer columns.
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path, content = study / RESULTS, text.getvalue()
    if not _says(path, content):
        write_text(path, content, make_parents=False)


def _says(path: Path, content: str) -> bool:
    expected = content.encode()
    try:
        # Sizes first: whatever stands there is not read to find that it is too long.
        return path.is_file() and path.stat().st_size == len(expected) and path.read_bytes() == expected
    except OSError:
        return False


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula, though a record from a stranger says so."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _row(run: RunRecord, inference: InferenceCost | None) -> dict[str, str | int | float]:
    return {
        "architecture": run.architecture,
        "seed": run.seed,
        "epochs": run.epochs,
        "steps": run.steps,
        **{_plain(name): value for name, value in run.scores.items()},
        **{f"val.{name}": value for name, value in run.val_scores.items()},
        **run.cost.model_dump(),
        **(inference.model_dump() if inference else {}),
        "finished": _plain(run.finished),
    }
