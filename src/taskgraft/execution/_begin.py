"""Makes a study directory ready to run in: its record, its lock, and nothing that a dead process left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from taskgraft.errors import StudyError
from taskgraft.execution._claim import make_directory
from taskgraft.execution._environment import describe_environment
from taskgraft.execution._find_study import find_study
from taskgraft.execution._plan import Plan
from taskgraft.study import (
    FIGURES,
    NUMERIC,
    RUNS,
    STUDY,
    Goal,
    StudyRecord,
    check_not_linked,
    differing,
    keep_data_facts,
    keep_names,
    lock,
    remove_leftovers,
    write_record,
)

_LARGER = "The study grows: its finished runs stay, those of the new seeds or variants are added."
_REBUILT = f"{STUDY} was missing or damaged, and is written again: the finished runs are of this request."


def begin_study(plan: Plan, command: str | None) -> tuple[StudyRecord, tuple[str, ...]]:
    """Writes the record of a new study, or reads that of an existing one and enlarges it.

    Returns:
        The record, and a line for each thing that had to be mended, or is new.

    Raises:
        RequestError: If another study was begun in the directory meanwhile.
        StudyError: If the directory cannot be written.
    """
    directory = plan.directory
    _make_with_parents(directory)
    with lock(directory):
        remove_leftovers(directory, is_ours=False)
        remove_leftovers(directory / FIGURES, is_ours=False)
        record, mended = _record(plan, command)
        mended += keep_names(
            directory,
            plan.data,
            plan.request.data.digest,
            is_resplit=plan.request.resplits is not None,
        )
        keep_data_facts(directory, plan.data, plan.request.data.digest)
        make_directory(directory / RUNS)
        check_not_linked(directory, directory / RUNS)
    return record, (*mended, *_changes_of_environment(plan, record))


def _changes_of_environment(plan: Plan, record: StudyRecord) -> Iterator[str]:
    """What may change the scores of runs that are yet to be done, next to those of the study's first ones."""
    changed = differing([record.environment, describe_environment(plan.hardware)]) if plan.todo else {}
    differences = ", ".join(
        f"{name.replace('_', ' ')} ({values})" for name, values in changed.items() if name in NUMERIC
    )
    if differences:
        yield f"Other than when this study was begun: {differences}. Scores may differ for that reason, too."


def _record(plan: Plan, command: str | None) -> tuple[StudyRecord, tuple[str, ...]]:
    record = find_study(plan.directory, plan.request).record
    mended = () if record is None else _other_goal(plan, record)
    if record is not None and record.request == plan.request:
        return record, mended
    if record is None:
        record = _new_record(plan, command)
        mended = (_REBUILT,) if (plan.directory / RUNS).exists() else ()
    else:
        mended += (_LARGER,) if len(plan.runs) > len(record.request.runs) else ()
        mended += (plan.renamed,) if plan.renamed else ()
        record = record.model_copy(
            update={"request": plan.request, "command": command, "auto": plan.auto or record.auto}
        )
    write_record(plan.directory / STUDY, record, make_parents=False)
    return record, mended


def _other_goal(plan: Plan, record: StudyRecord) -> tuple[str, ...]:
    """A line where something else is to be decided now than was declared: results may have been seen."""
    if all(value == getattr(record.goal, name) for name, value in plan.given_goal.items()):
        return ()
    return (
        f"This study declared {record.goal} when it began, and keeps to it: what is decided by another goal "
        "is exploratory.",
    )


def _new_record(plan: Plan, command: str | None) -> StudyRecord:
    return StudyRecord(
        request=plan.request,
        command=command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=describe_environment(plan.hardware),
        goal=Goal(**{"max_seeds": len(plan.request.seeds), **plan.given_goal}),
        auto=plan.auto,
        budget=plan.budget,
    )


def _make_with_parents(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError.expected(
            str(directory / STUDY),
            "writable",
            error.strerror or error,
            "Check the directories above it, and their rights.",
        ) from error
