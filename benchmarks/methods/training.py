"""Trains a piece: the search of every method, then all of them. What is done already is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import taskgraft as tg
from benchmarks.methods.pieces import Piece
from benchmarks.methods.study_files import write_study
from taskgraft.errors import Phrase, StudyError
from taskgraft.study import TuningRecord


@dataclass(frozen=True)
class Trained:
    """A piece whose runs are over.

    Attributes:
        piece: The data set.
        study: The study of all methods.
        tuning: Its search.
    """

    piece: Piece
    study: tg.Study
    tuning: TuningRecord


def train(piece: Piece, out: Path, data_dir: Path | None = None, jobs: int | None = None) -> Trained:
    """Trains what is not trained yet, with the progress of `compare`.

    Args:
        piece: The data set.
        out: A folder for the folders of pieces.
        data_dir: Where the data are, if they are not where taskgraft looks for them.
        jobs: Runs at once.

    Raises:
        StudyError: If runs are still to be done, as those of a process that was killed; if the record of the
            search is damaged.
    """
    study = tg.compare(str(write_study(piece, out / piece.name, data_dir)), jobs=jobs)
    remedy = "Run the same command again: it continues."
    if study.missing or any(failure.kind != "diverged" for failure in study.failures):
        unfinished = len(study.missing) + len(study.failures)
        raise StudyError.expected(
            f"the study of {piece.name}", "finished", Phrase(f"{unfinished} runs open"), remedy
        )
    tuning = study.tuning()
    if tuning is None:
        raise StudyError.expected(str(study.directory), "a study with a search", Phrase("none"), remedy)
    return Trained(piece, study, tuning)
