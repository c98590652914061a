"""A study directory, read: its record, its finished runs and the tables made of them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from taskgraft.errors import StudyError
from taskgraft.study.files import RESULTS, STUDY, write_text
from taskgraft.study.records import RunRecord, StudyRecord
from taskgraft.study.run import read_run, run_directory
from taskgraft.study.summary import ArchitectureSummary, Difference, differences_from_control, summarise
from taskgraft.study.table import render_tables
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

    def differences(self) -> list[Difference]:
        """How each architecture differs from the control, paired, with 95 % intervals."""
        return differences_from_control(self.directory, self.record.request, self.runs)

    def table(self) -> str:
        """The tables of scores, differences and costs as plain text, 80 columns where they fit."""
        return render_tables(self.record.request, self.summary(), self.differences(), self.missing)

    def write_results(self) -> None:
        """Writes `results.csv`: one line a run, every score and cost."""
        rows = [_flat(run) for run in self.runs]
        if not rows:
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
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


def _flat(run: RunRecord) -> dict[str, str | int | float]:
    """One line of `results.csv`."""
    scores = run.scores
    return {
        "architecture": run.architecture,
        "seed": run.seed,
        "epochs": run.epochs,
        "steps": run.steps,
        **{f"accuracy.{level}": value for level, value in scores.accuracies.items()},
        **{f"consistency.{pair}": value for pair, value in scores.consistencies.items()},
        **{f"summed_accuracy.{level}": value for level, value in scores.summed_accuracies.items()},
        **{f"val_accuracy.{level}": value for level, value in run.val_scores.accuracies.items()},
        **run.cost.model_dump(),
        "finished": run.finished,
    }
