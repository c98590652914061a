"""A log as a table for each run."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from taskgraft.csv_bytes import csv_bytes
from taskgraft.execution.loggers._logger import Logger, log_folder
from taskgraft.execution.loggers._loggers import LOGGERS
from taskgraft.file_writing import write_bytes
from taskgraft.history import Epoch
from taskgraft.study import StudyRecord, run_name

_TITLE = "csv"
_BEGINNING = ("variant", "seed", "step", "epoch", "seconds", "learning_rate", "train_loss")
_STEP = _BEGINNING.index("step")


@LOGGERS.add(_TITLE)
class CsvLogger(Logger):
    """Writes `logs/csv/RUN.csv` of a study: a line an epoch, with the losses and scores of every level."""

    title = _TITLE

    def on_study(self, directory: Path, record: StudyRecord) -> None:
        """Finds the folder."""
        self._folder, self._levels = log_folder(directory, _TITLE), record.request.levels

    def on_run(self, variant: str, seed: int, step: int) -> None:
        """Begins the table of the run, or keeps the lines up to the step that it goes on from."""
        path = self._path(run_name(variant, seed))
        header = list(_header(self._levels))
        rows = [row for row in _rows(path, header) if int(row[_STEP]) <= step]
        columns = {name: [row[place] for row in rows] for place, name in enumerate(header)}
        write_bytes(path, csv_bytes(columns))

    def on_epoch(self, run: str, row: Epoch) -> None:
        """Adds a line."""
        variant, _, seed = run.rpartition("-seed")
        values = [variant, seed, row.step, row.epoch, row.seconds, row.learning_rate, row.train_loss]
        for by_level in (row.train_losses, row.val_losses, row.val_accuracies):
            values += [by_level.get(level) for level in self._levels]
        columns = dict(zip(_header(self._levels), ([value] for value in values), strict=True))
        with self._path(run).open("ab") as file:
            file.write(csv_bytes(columns, has_header=False))

    def _path(self, run: str) -> Path:
        return self._folder / f"{run}.csv"


def _header(levels: Iterable[str]) -> Iterator[str]:
    yield from _BEGINNING
    for name in ("train_loss", "val_loss", "val_accuracy"):
        yield from (f"{name}.{level}" for level in levels)


def _rows(path: Path, header: list[str]) -> Iterator[list[str]]:
    """The whole lines of a table that may have been cut off; none if there is no such table."""
    if not os.path.isfile(path):
        return
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        try:
            first, *rows = [*csv.reader(file)] or [[]]
        except csv.Error:
            return
    if first == header:
        yield from (row for row in rows if len(row) == len(header) and row[_STEP].isdigit())
