"""Which variant the report of a study recommends, kept beside it: to conclude a large one takes a while."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from taskgraft.study._checked import CheckedRecord, read_record, write_record
from taskgraft.study._files import INFERENCE, RECOMMENDATION, RESULT, DamagedFileError
from taskgraft.study._inspect_run import check_not_linked
from taskgraft.study._records import StudyRecord
from taskgraft.study._run_files import run_directory
from taskgraft.study._run_records import InferenceRecord, RunRecord
from taskgraft.study._study import Study


class RecommendationRecord(CheckedRecord):
    """`recommendation.json`: what the last report recommends.

    Attributes:
        variant: Name of the variant; None where it recommends none.
        best: Name of the one that scores highest on val; None where no seed is common to all.
        prefer: What for, as `--prefer` has it.
        evidence: SHA-256 of all that it was concluded from: the records of the runs, and the taskgraft that
            read them. Of other evidence it says nothing.
    """

    variant: str | None
    best: str | None = None
    prefer: str
    evidence: str


def keep_recommendation(study: Study, variant: str | None, best: str | None, prefer: str) -> None:
    """Writes what a study recommends into its directory.

    Args:
        study: Of which it was concluded.
        variant: The one to take; None where none is recommended.
        best: The one that scores highest on val.
        prefer: What for.

    Raises:
        NotWrittenError: If it cannot be written.
    """
    evidence = _evidence(study.directory, study.record, study.runs)
    record = RecommendationRecord(variant=variant, best=best, prefer=prefer, evidence=evidence)
    write_record(study.directory / RECOMMENDATION, record, make_parents=False)


def read_recommendation(
    directory: Path, record: StudyRecord, runs: Sequence[RunRecord]
) -> RecommendationRecord | None:
    """What the last report recommends; None if there is none, or one of other runs than these.

    Args:
        directory: Of the study.
        record: The study's.
        runs: What is finished.
    """
    try:
        kept = read_record(directory / RECOMMENDATION, RecommendationRecord)
    except (FileNotFoundError, DamagedFileError):
        return None
    names = {None, *(run.variant for run in runs)}
    is_of_these = kept.evidence == _evidence(directory, record, runs)
    return kept if is_of_these and {kept.variant, kept.best} <= names else None


def recorded_runs(directory: Path, record: StudyRecord) -> tuple[RunRecord, ...]:
    """The records of finished runs, in the order of the request; their other files are not looked at.

    Args:
        directory: Of the study.
        record: The study's.

    Raises:
        StudyError: If a run's directory is a link, or a record cannot be read now.
    """
    identities = record.request.identities()
    runs = (_recorded(directory, *key, identities[key[0]]) for key in record.request.runs)
    return tuple(run for run in runs if run is not None)


def _recorded(study: Path, variant: str, seed: int, identity: str) -> RunRecord | None:
    directory = run_directory(study, variant, seed)
    check_not_linked(study, directory)
    try:
        run = read_record(directory / RESULT, RunRecord)
    except (FileNotFoundError, DamagedFileError):
        return None
    return run if (run.variant, run.seed, run.identity) == (variant, seed, identity) else None


def _evidence(directory: Path, record: StudyRecord, runs: Sequence[RunRecord]) -> str:
    try:
        costs = read_record(directory / INFERENCE, InferenceRecord).model_dump(mode="json")
    except (FileNotFoundError, DamagedFileError):
        costs = {}
    content = {
        "version": version("taskgraft"),
        "request": record.request.model_dump(mode="json"),
        "runs": [run.model_dump(mode="json") for run in runs],
        "costs": costs,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
