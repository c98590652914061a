"""`results.csv`: derived from the runs' own records, and written again whenever it is not what they give.

A table that somebody has edited says something else than the records ever did: it is named, and kept.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from taskgraft.errors import StudyError
from taskgraft.file_writing import write_bytes
from taskgraft.inference_cost import InferenceCost
from taskgraft.recipe import differing_values, shown
from taskgraft.study._files import RESULTS, DamagedFileError, read_limited
from taskgraft.study._records import Request
from taskgraft.study._run_records import RunRecord

RunKey = tuple[str, int]
Row = dict[str, str | int | float]
Inference = Mapping[str, InferenceCost]
RecipeColumns = Mapping[str, Mapping[str, str | int | float]]

_MOST_BYTES = 1 << 30
_MOST_COLUMNS = 2_000
_LONGEST_LINE = 1 << 20
_TIMES = InferenceCost.model_fields.keys()
# By path, the last table that this process wrote there or saw to be ours.
_ours: dict[Path, bytes] = {}


class Results:
    """The table of a study, and what is in the file of its name.

    Args:
        study: The study directory.
        request: What the study is.
        runs: The finished runs, in the order of the lines.
        inference: What prediction costs, by variant.
    """

    def __init__(
        self, study: Path, request: Request, runs: Sequence[RunRecord], inference: Inference
    ) -> None:
        self._path = study / RESULTS
        self._architectures = {each.name: each.architecture.name for each in request.variants}
        self._runs = {(run.variant, run.seed): run for run in runs}
        self._planned = set(request.runs)
        self._inference = inference
        self._recipe_columns = recipe_columns(request)

    def write(self) -> str | None:
        """Writes one line a run, every score and cost; a file that says just that stays as it is.

        Returns:
            A line for the user where the file is not ours: it is kept under another name.

        Raises:
            StudyError: If it cannot be written.
        """
        content = _table(self._rows(self._runs, self._inference, self._recipe_columns))
        fault = self.damage()
        if not content or (fault is None and self._content() == content):
            return None
        kept = _keep(self._path) if fault else None
        write_bytes(self._path, content, make_parents=False)
        _ours[self._path.absolute()] = content
        return kept

    def damage(self) -> str | None:
        """What is wrong with the file, on one line; None where it is ours, of whatever moment, or missing."""
        try:
            content = self._content()
        except DamagedFileError as error:
            return f"{RESULTS} is {error.reason}"
        if content is None or content == _ours.get(self._path.absolute()):
            return None
        if not self._explains(content):
            return f"{RESULTS} does not say what the records of the runs say"
        # What becomes of it may be another table, as when prediction is timed again.
        _ours[self._path.absolute()] = content
        return None

    def _content(self) -> bytes | None:
        try:
            return read_limited(self._path, _MOST_BYTES)
        except FileNotFoundError:
            return None

    def _explains(self, content: bytes) -> bool:
        """Whether a table was made of these records: of all of them, or of those of an earlier moment."""
        keys: dict[RunKey, None] = {}
        try:
            reader = csv.DictReader(_lines(content))
            columns = reader.fieldnames or ()
            if len(columns) > _MOST_COLUMNS:
                return False
            # A study that grew by variants has more columns than it had.
            recipes = {name: of for name, of in self._recipe_columns.items() if name in columns}
            # One line at a time, up to the first that is not ours, however many there are.
            for row in reader:
                key = (row["variant"], int(row["seed"]))
                if key in keys or not self._explains_line(key, row, recipes):
                    return False
                keys[key] = None
        except (ValueError, KeyError, TypeError, csv.Error):
            return False
        is_timed = bool(_TIMES & set(columns))
        are_known = not is_timed or all(name in self._inference for name, _ in keys)
        if not are_known or not keys.keys() <= self._runs.keys():
            return True
        return content == _table(self._rows(keys, self._inference if is_timed else {}, recipes))

    def _explains_line(self, key: RunKey, row: Mapping[str, str], recipes: RecipeColumns) -> bool:
        """Whether a line says what its record says; a missing run has no record to compare it with."""
        if key not in self._runs:
            return key in self._planned
        return _is_same(row, self._row(key, self._inference, recipes))

    def _rows(self, keys: Iterable[RunKey], inference: Inference, recipes: RecipeColumns) -> list[Row]:
        return [self._row(key, inference, recipes) for key in keys]

    def _row(self, key: RunKey, inference: Inference, recipes: RecipeColumns) -> Row:
        run = self._runs[key]
        times = inference.get(run.variant)
        return {
            "variant": run.variant,
            "architecture": _plain(self._architectures[run.variant]),
            "seed": run.seed,
            **{column: values[run.variant] for column, values in recipes.items()},
            "epochs": run.epochs,
            "steps": run.steps,
            **{_plain(name): value for name, value in run.scores.items()},
            **{f"val.{name}": value for name, value in run.val_scores.items()},
            **run.cost.model_dump(exclude={"finest_macs"}),
            **(times.model_dump() if times else {}),
            "finished": _plain(run.finished),
        }


def recipe_columns(request: Request) -> RecipeColumns:
    """The columns that tell the recipes of a study's variants apart: none where all have the same.

    Returns:
        By column, the cell of each variant by its name.
    """
    return {
        f"recipe.{path}": {name: _cell(value) for name, value in values.items()}
        for path, values in differing_values(request.variants).items()
    }


def _cell(value: Any) -> str | int | float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else _plain(shown(value))


def _table(rows: Sequence[Row]) -> bytes:
    """Lines below their heading; nothing for none."""
    if not rows:
        return b""
    text = io.StringIO()
    # A run that another version wrote may have other columns.
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _lines(content: bytes) -> Iterator[str]:
    for line in io.StringIO(content.decode(), newline=""):
        if len(line) > _LONGEST_LINE:
            raise ValueError("no line of a table")
        yield line


def _is_same(row: Mapping[str, str], expected: Row) -> bool:
    """Whether a line as read is one as written; columns of other lines are empty in it."""
    written = {name: str(value) for name, value in expected.items()}
    unknown = _TIMES - written.keys()
    return {
        name: value for name, value in row.items() if name in written or (value != "" and name not in unknown)
    } == written


def _keep(path: Path) -> str:
    """Gives a table that somebody has edited another name: it may be the only copy of that work."""
    names = (f"{path.name}.bak{number if number > 1 else ''}" for number in itertools.count(1))
    kept = next(path.with_name(name) for name in names if not os.path.lexists(path.with_name(name)))
    try:
        path.rename(kept)
    except OSError as error:
        raise StudyError.expected(
            str(path),
            "one that can be renamed",
            error.strerror or error,
            "It does not say what the records say, and is not overwritten: check the directory's rights.",
        ) from error
    return f"{path.name} is kept as {kept.name}, and written again: it does not say what the records say."


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula, though a record from a stranger says so."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
