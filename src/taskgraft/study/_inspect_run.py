"""Tells a finished run from one that is missing or damaged: by its record, its digests and its shapes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError

from taskgraft.errors import StudyError
from taskgraft.file_reading import opened_tensors, reading
from taskgraft.study._checked import read_record
from taskgraft.study._files import FAILURE, PREDICTIONS, RESULT, RUNS, DamagedFileError, check_is_file, digest
from taskgraft.study._run_records import FailureRecord, RunRecord
from taskgraft.taxonomy import Taxonomy


@dataclass(frozen=True)
class RunState:
    """How a run stands.

    Attributes:
        record: Of a run that is finished and undamaged; None otherwise.
        damage: What is wrong with one that was finished once, on one line; None if nothing is.
        failure: Of one that failed and is not finished since.
    """

    record: RunRecord | None = None
    damage: str | None = None
    failure: FailureRecord | None = None


@dataclass(frozen=True)
class Expected:
    """What a run of a study has to be.

    Attributes:
        variant: Name of the variant.
        seed: The seed.
        identity: What `Request.identities` says of the variant.
        taxonomy: The levels it predicts.
    """

    variant: str
    seed: int
    identity: str
    taxonomy: Taxonomy


def inspect_run(directory: Path, expected: Expected) -> RunState:
    """Reads a run's record and holds its files against it.

    Raises:
        StudyError: If a taskgraft of another format made the run, or a file cannot be read now.
    """
    try:
        record = read_record(directory / RESULT, RunRecord)
        damage = next(_faults(directory, record, expected), None)
    except FileNotFoundError:
        return RunState(failure=_failure(directory, expected))
    except DamagedFileError as error:
        return RunState(damage=f"{directory.name}: {RESULT} is {error.reason}")
    return RunState(damage=f"{directory.name}: {damage}") if damage else RunState(record)


def _failure(directory: Path, expected: Expected) -> FailureRecord | None:
    """Why a run failed; one whose record is damaged, or another run's, is as good as never begun."""
    try:
        record = read_record(directory / FAILURE, FailureRecord)
    except (FileNotFoundError, DamagedFileError):
        return None
    run = (record.variant, record.seed, record.identity)
    return record if run == (expected.variant, expected.seed, expected.identity) else None


def check_not_linked(study: Path, path: Path) -> None:
    """Refuses a directory of a study that is a link: it may be another run's, or lead out of the study.

    Raises:
        StudyError: If it is one, or the study's directory of runs is.
    """
    for one in (study / RUNS, path):
        try:
            with reading(one):
                is_link = stat.S_ISLNK(one.lstat().st_mode)
        except FileNotFoundError:
            continue
        if is_link:
            raise StudyError.expected(
                str(one),
                "a directory",
                f"a link to {os.path.realpath(one)}",
                "Put the directory itself in its place: through a link, two runs may write into one.",
            )


def _faults(directory: Path, record: RunRecord, expected: Expected) -> Iterator[str]:
    """What is wrong with a run, most telling first."""
    if (record.variant, record.seed) != (expected.variant, expected.seed):
        yield f"{RESULT} is that of {record.name}"
    if record.identity != expected.identity:
        yield f"{RESULT} is that of another study's run"
    for name, recorded in record.digests.items():
        path = directory / name
        try:
            check_is_file(path)
            if digest(path) != recorded:
                yield f"{name} does not match its digest"
        except FileNotFoundError:
            yield f"{name} is missing"
        except DamagedFileError as error:
            yield f"{name} is {error.reason}"
    yield from _misshapen(directory / PREDICTIONS, expected.taxonomy)


def _misshapen(predictions: Path, taxonomy: Taxonomy) -> Iterator[str]:
    """Logits that are not one number for each class of a level."""
    try:
        with opened_tensors(predictions, "numpy") as file:
            shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
    except SafetensorError:
        yield f"{PREDICTIONS} is no complete safetensors file"
        return
    for split in ("val", "test"):
        for level in taxonomy.levels:
            logits = shapes.get(f"{split}.logits.{level.name}")
            targets = shapes.get(f"{split}.targets.{level.name}")
            if logits is None or targets is None:
                yield f"{PREDICTIONS} does not have level {level.name!r}"
            elif logits != [*targets, level.num_classes] or len(targets) != 1:
                yield f"{PREDICTIONS} has logits of shape {logits} for {level.num_classes} classes"
