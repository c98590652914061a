"""Tells a trial that is over from one that is missing or damaged, by its record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from taskgraft.study._checked import read_record
from taskgraft.study._files import FAILURE, TRIAL, DamagedFileError
from taskgraft.study._run_records import FailureRecord
from taskgraft.study._tuning_records import TrialRecord


@dataclass(frozen=True)
class TrialState:
    """How a trial stands.

    Attributes:
        record: Of one that is over; None otherwise.
        failure: Of one that failed of something else than its values, and is not over since.
    """

    record: TrialRecord | None = None
    failure: FailureRecord | None = None


@dataclass(frozen=True)
class ExpectedTrial:
    """What a trial has to be.

    Attributes:
        variant: Name of the variant.
        seed: The trial's seed.
        search: SHA-256 of what the search is.
    """

    variant: str
    seed: int
    search: str


def inspect_trial(directory: Path, expected: ExpectedTrial) -> TrialState:
    """Reads a trial's record; one that is damaged, or of another search, is as good as never begun.

    Raises:
        StudyError: If a taskgraft of another format made it, or it cannot be read now.
    """
    try:
        record = read_record(directory / TRIAL, TrialRecord)
    except (FileNotFoundError, DamagedFileError):
        return TrialState(failure=_failure(directory, expected))
    trial = ExpectedTrial(record.variant, record.seed, record.search)
    return TrialState(record) if trial == expected else TrialState()


def _failure(directory: Path, expected: ExpectedTrial) -> FailureRecord | None:
    try:
        record = read_record(directory / FAILURE, FailureRecord)
    except (FileNotFoundError, DamagedFileError):
        return None
    return record if (record.variant, record.seed) == (expected.variant, expected.seed) else None
