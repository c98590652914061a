"""A study directory, read: its record, its finished runs and the tables made of them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from taskgraft.errors import StudyError
from taskgraft.evaluation.inference_cost import InferenceCost
from taskgraft.study.files import INFERENCE, RESULTS, STUDY, write_text
from taskgraft.study.records import InferenceRecord, RunRecord, StudyRecord
from taskgraft.study.run import read_run, run_directory
from taskgraft.study.summary import ArchitectureSummary, summarise
from taskgraft.taxonomy import Taxonomy


@dataclass(frozen=True)
class Study:
    """A study and its finished runs.

    Attributes:
        directory: Where it stands.
        record: What was asked, and what it ran on.
        runs: The finished runs, in the order of the request.
        missing: (architecture, seed) of the runs that are not finished.
    """

    directory: Path
    record: StudyRecord = field(repr=False)
    runs: tuple[RunRecord, ...] = field(repr=False)
    missing: tuple[tuple[str, int], ...]

    @classmethod
    def open(cls, directory: Path | str) -> Self:
        """Reads a study directory; torn and unfinished runs are counted as missing.

        Raises:
            StudyError: If there is no study, or its record cannot be understood.
        """
        directory = Path(directory)
        record = read_study(directory)
        request = record.request
        wanted = [(a.name, seed) for a in request.architectures for seed in request.seeds]
        found = {key: read_run(run_directory(directory, *key)) for key in wanted}
        runs = tuple(run for run in found.values() if run is not None)
        return cls(directory, record, runs, tuple(key for key, run in found.items() if run is None))

    @property
    def taxonomy(self) -> Taxonomy:
        """The levels the study is about."""
        return Taxonomy.from_dict(self.record.request.taxonomy)

    def summary(self) -> list[ArchitectureSummary]:
        """One row per architecture with finished runs: means and spread over seeds, and costs."""
        return summarise(self.record.request, self.runs)

    def inference(self) -> dict[str, InferenceCost]:
        """What prediction costs, by architecture; empty where it was not measured."""
        return read_inference(self.directory)

    def write_results(self) -> None:
        """Writes `results.csv`: one line a run, every score and cost."""
        inference = self.inference()
        rows = [_flat(run, inference.get(run.architecture)) for run in self.runs]
        if not rows:
            return
        text = io.StringIO()
        # A run that an older version wrote has fewer columns.
        columns = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(self.directory / RESULTS, text.getvalue())


def read_study(directory: Path) -> StudyRecord:
    """The record of a study directory.

    Raises:
        StudyError: If there is none, or it cannot be understood.
    """
    path = directory / STUDY
    try:
        return StudyRecord.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StudyError.expected(
            str(directory), f"a study directory with a {STUDY}", error.strerror or error,
            "Make one with: taskgraft compare --out DIR",
        ) from error  # fmt: skip
    except ValueError as error:
        raise StudyError.expected(
            str(path),
            "a whole study record",
            "one that is damaged or of another version",
            "Use another --out.",
        ) from error


def read_inference(study: Path) -> dict[str, InferenceCost]:
    """What prediction costs, by architecture; empty where it was not measured, or the file is torn."""
    try:
        return InferenceRecord.model_validate_json((study / INFERENCE).read_bytes()).costs
    except (OSError, ValidationError):
        return {}


def _flat(run: RunRecord, inference: InferenceCost | None) -> dict[str, str | int | float]:
    """One line of `results.csv`."""
    return {
        "architecture": run.architecture,
        "seed": run.seed,
        "epochs": run.epochs,
        "steps": run.steps,
        **run.scores,
        **{f"val.{name}": value for name, value in run.val_scores.items()},
        **run.cost.model_dump(),
        **(inference.model_dump() if inference else {}),
        "finished": run.finished,
    }
