"""The study that a directory holds already, if a request may continue it."""

from __future__ import annotations

import os
from pathlib import Path

from taskgraft.errors import RequestError, StudyError
from taskgraft.execution._rebuild import can_be_rebuilt
from taskgraft.execution._request import is_larger
from taskgraft.execution._same_numbers import check_same_numbers
from taskgraft.file_reading import NoFileError, reading
from taskgraft.parameter import Parameter
from taskgraft.study import (
    LOCK,
    STUDY,
    DamagedFileError,
    Request,
    StudyRecord,
    differences,
    is_leftover,
    read_record,
)


def find_study(directory: Path, request: Request) -> StudyRecord | None:
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
        record = None
    except DamagedFileError as error:
        if can_be_rebuilt(directory, request):
            return None
        raise StudyError.expected(
            str(directory / STUDY),
            "a complete study record",
            error.reason,
            "It is written again only where the finished runs are all of this request: use another "
            f"{Parameter('out')}.",
        ) from error
    if record is not None:
        check_same_numbers(directory, record, request)
        _check_goes_on(directory, record.request, request)
    elif _holds_something(directory) and not can_be_rebuilt(directory, request):
        raise RequestError.expected(
            str(directory),
            "a new, empty or study directory",
            "something else",
            f"Name another one with {Parameter('out')}.",
        )
    return record


def _check_goes_on(directory: Path, recorded: Request, request: Request) -> None:
    """Refuses another request than the one on record, unless it has all of that and more."""
    changes = "; ".join(differences(recorded, request))
    if not changes or is_larger(request, recorded):
        return
    if is_larger(recorded, request):
        raise RequestError.expected(
            "the request",
            f"of all that the study in {directory} is of",
            f"less ({changes})",
            f"Ask for all of it, and nothing finished is done again, or use another {Parameter('out')}.",
        )
    raise RequestError.expected(
        str(directory),
        "a study of the same request",
        changes,
        f"Use another {Parameter('out')}, or ask for the same, or for more seeds or variants.",
    )


def _holds_something(directory: Path) -> bool:
    """Whether it has anything that we would not have left behind when killed at once."""
    try:
        with reading(directory):
            return any(path.name != LOCK and not is_leftover(path.name) for path in directory.iterdir())
    except (FileNotFoundError, NoFileError):
        # Also what is a file, which has nothing in it.
        return os.path.lexists(directory)
