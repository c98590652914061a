"""The study that a directory holds already, if a request may continue it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from taskgraft.errors import Phrase, RequestError, StudyError
from taskgraft.execution._rebuild import FinishedRuns
from taskgraft.execution._request import is_larger
from taskgraft.execution._same_numbers import check_same_numbers
from taskgraft.execution._same_variants import as_recorded, options_for_all
from taskgraft.file_reading import NoFileError, reading
from taskgraft.parameter import Parameter
from taskgraft.study import (
    LOCK,
    STUDY,
    TRIALS,
    TUNING,
    DamagedFileError,
    Request,
    StudyRecord,
    differences,
    is_leftover,
    read_record,
)


class Continued(NamedTuple):
    """A request, and the study that it continues.

    Attributes:
        record: The study's record; None where it is yet to be written.
        request: With the names that the study has for the same variants.
    """

    record: StudyRecord | None
    request: Request


def find_study(directory: Path, request: Request) -> Continued:
    """Refuses a directory that holds a study of another request, or something else.

    Returns:
        The study's record, of this request or of one that this makes larger. It has none yet if it is new,
        and is to be written again if it is lost or damaged and the finished runs are all of this request.

    Raises:
        RequestError: For another request, other numerics, or something else than a study.
        StudyError: If the directory cannot be read, another version made the study, or its record is
            damaged and no run says that it is of this request.
    """
    try:
        record = read_record(directory / STUDY, StudyRecord)
    except FileNotFoundError:
        _check_nothing_else(directory, request)
        return Continued(None, request)
    except DamagedFileError as error:
        runs = FinishedRuns.of(directory, request)
        if runs.are_of_the_request:
            return Continued(None, request)
        raise StudyError.expected(
            str(directory / STUDY), "a complete study record", error.reason, runs.advice()
        ) from error
    check_same_numbers(directory, record, request)
    request = as_recorded(record.request, request)
    _check_goes_on(directory, record.request, request)
    return Continued(record, request)


def _check_nothing_else(directory: Path, request: Request) -> None:
    """Refuses a directory without a record that holds something else than runs of the request."""
    runs = FinishedRuns.of(directory, request)
    if runs.are_of_the_request or not _holds_something(directory):
        return
    if runs.num_runs:
        raise StudyError.expected(
            str(directory / STUDY), "a study record", Phrase("none beside finished runs"), runs.advice()
        )
    raise RequestError.expected(
        str(directory),
        "a new, empty or study directory",
        "something else",
        f"Name another one with {Parameter('out')}.",
    )


def _check_goes_on(directory: Path, recorded: Request, request: Request) -> None:
    """Refuses another request than the one on record, unless it has all of that and more."""
    changes = "; ".join(differences(recorded, request))
    if not changes or is_larger(request, recorded):
        return
    options = options_for_all(recorded, request)
    if is_larger(recorded, request):
        how = f" with {options}" if options else ""
        raise RequestError.expected(
            "the request",
            f"of all that the study in {directory} is of",
            f"less ({changes})",
            f"Ask for all of it{how}, and nothing finished is done again, or use another {Parameter('out')}.",
        )
    both = f", or, to have all in one study, {options}" if options else ""
    raise RequestError.expected(
        str(directory), "a study of the same request", changes, f"Use another {Parameter('out')}{both}."
    )


def _holds_something(directory: Path) -> bool:
    """Whether it has anything that we would not have left behind when killed at once."""
    try:
        with reading(directory):
            return any(
                path.name not in (LOCK, TUNING, TRIALS) and not is_leftover(path.name)
                for path in directory.iterdir()
            )
    except (FileNotFoundError, NoFileError):
        # Also what is a file, which has nothing in it.
        return os.path.lexists(directory)
