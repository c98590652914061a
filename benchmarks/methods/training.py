"""Trains a piece: the search of the fixed weights, then all methods. What is done already is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import taskgraft as tg
from benchmarks.methods.pieces import Piece
from benchmarks.methods.study_files import write_search, write_study
from benchmarks.methods.variants import SHARED, WEIGHT
from taskgraft.errors import Phrase, StudyError
from taskgraft.study import TuningRecord


@dataclass(frozen=True)
class Trained:
    """A piece whose runs are over.

    Attributes:
        piece: The data set.
        search: The study that tuned the fixed weights.
        study: The study of all methods.
        weight: Of the finest level, that the search came to.
    """

    piece: Piece
    search: tg.Study
    study: tg.Study
    weight: float


def train(piece: Piece, out: Path, data_dir: Path | None = None, jobs: int | None = None) -> Trained:
    """Trains what is not trained yet, with the progress of `compare`.

    Args:
        piece: The data set.
        out: A folder for the folders of pieces.
        data_dir: Where the data are, if they are not where taskgraft looks for them.
        jobs: Runs at once.

    Raises:
        StudyError: If runs are still to be done, as those of a process that was killed.
    """
    folder = out / piece.name
    search = tg.compare(str(write_search(piece, folder, data_dir)), jobs=jobs)
    weight = tuned_weight(search)
    study = tg.compare(str(write_study(piece, folder, data_dir, weight)), jobs=jobs)
    if study.missing or any(failure.kind != "diverged" for failure in study.failures):
        unfinished = len(study.missing) + len(study.failures)
        remedy = "Run the same command again: it continues."
        raise StudyError.expected(
            f"the study of {piece.name}", "finished", Phrase(f"{unfinished} runs open"), remedy
        )
    return Trained(piece, search, study, weight)


def tuned_weight(search: tg.Study) -> float:
    """The weight of the finest level that a search came to."""
    return float(tuning_of(search).variants[SHARED].values[WEIGHT])


def tuning_of(search: tg.Study) -> TuningRecord:
    """The record of a search.

    Raises:
        StudyError: If it is damaged or missing.
    """
    tuning = search.tuning()
    if tuning is None:
        raise StudyError.expected(
            str(search.directory), "a study with a search", Phrase("none"), "Run the same command again."
        )
    return tuning
