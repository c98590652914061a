"""The files of a study by name; tensors written to them, and all of them read back or refused."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError

from taskgraft.errors import FileFaultError, StudyError
from taskgraft.file_reading import NoFileError, is_file, opened, opened_tensors, reading, sha256_of
from taskgraft.file_writing import write_whole
from taskgraft.study._array_file import header_of, mapped, write_to

# The names of a study directory, where `runs` holds a directory of the last six for each run.
STUDY, RESULTS, REPORT, INFERENCE = "study.json", "results.csv", "report.html", "inference.json"
GALLERY, IMAGES, DATA = "gallery.safetensors", "images.jsonl", "data.json"
RECOMMENDATION, ADAPTATION, CLASSES = "recommendation.json", "adaptation.json", "classes.csv"
RUNS, FIGURES, LOGS = "runs", "figures", "logs"
# What a search came to, and the directory of its trials, which has a `runs` as a study has.
TUNING, TRIALS = "tuning.json", "tuning"
# All that a study has beside its lock.
STUDY_NAMES = (
    STUDY,
    RESULTS,
    CLASSES,
    REPORT,
    INFERENCE,
    GALLERY,
    IMAGES,
    DATA,
    RECOMMENDATION,
    ADAPTATION,
    RUNS,
    FIGURES,
    TUNING,
    TRIALS,
    LOGS,
)
HISTORY, RESULT, FAILURE = "history.jsonl", "result.json", "failure.json"
TRIAL = "trial.json"
MODEL, PREDICTIONS, FLOWS = "model.safetensors", "predictions.safetensors", "flows.safetensors"
DIAGNOSIS = "diagnosis.jsonl"
# Where a fault of ours has ended a run.
TRACEBACK = "traceback.txt"
# All that a run has beside its lock and, while it trains, its checkpoints.
RUN_NAMES = (HISTORY, RESULT, FAILURE, TRIAL, MODEL, PREDICTIONS, FLOWS, DIAGNOSIS, TRACEBACK)

Arrays = dict[str, npt.NDArray[np.generic]]


class DamagedFileError(FileFaultError, StudyError):
    """A file of a study is torn, changed, or not what its name says."""

    rule = "undamaged"
    remedy = "Run the command of the study again: it makes again what is damaged."


def write_arrays(
    path: Path,
    arrays: Mapping[str, npt.NDArray[np.generic]],
    metadata: dict[str, str] | None = None,
    *,
    make_parents: bool = True,
) -> None:
    """Writes named arrays as safetensors."""
    header = header_of(arrays, metadata)
    write_whole(
        path,
        lambda file: write_to(file, header, arrays),
        make_parents=make_parents,
        num_bytes=len(header) + sum(array.nbytes for array in arrays.values()),
    )


def read_limited(path: Path, most_bytes: int) -> bytes:
    """All of a file that is a file and not too large.

    Raises:
        FileNotFoundError: If there is none.
        DamagedFileError: If it is something else, or too large.
        UnreadableError: If it cannot be read now.
    """
    check_is_file(path)
    with _damage_of(path), opened(path) as handle:
        # Not the most at once: Python makes room for as much as is to be read, be the file ever so small.
        content = handle.read(min(os.fstat(handle.fileno()).st_size, most_bytes) + 1)
    if len(content) > most_bytes:
        raise DamagedFileError.of(path, f"more than {most_bytes:,} bytes")
    return content


def read_arrays(path: Path) -> tuple[Arrays, dict[str, str]]:
    """The arrays of a safetensors file by name, and its metadata.

    The file is read through once and then mapped: arrays take the memory of what is looked at, and the system
    may take it back.

    Raises:
        FileNotFoundError: If there is none.
        DamagedFileError: If it is torn or something else.
        UnreadableError: If it cannot be read now.
    """
    with _tensors_of(path, "numpy") as file:
        return mapped(path), file.metadata() or {}


def read_array(path: Path, name: str) -> npt.NDArray[np.generic]:
    """One array of a file, without reading the others.

    Raises:
        FileNotFoundError: If there is no file.
        DamagedFileError: If it is damaged, or has no such array.
        UnreadableError: If it cannot be read now.
    """
    with _tensors_of(path, "numpy") as file:
        array: npt.NDArray[np.generic] = file.get_tensor(name)
        return array


@contextlib.contextmanager
def _tensors_of(path: Path, framework: str) -> Iterator[Any]:
    """An open safetensors file; what is wrong with it becomes an error that names it."""
    check_is_file(path)
    try:
        with _damage_of(path), opened_tensors(path, framework) as file:
            yield file
    # A type that NumPy does not have is a TypeError or a KeyError, by version.
    except (SafetensorError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise DamagedFileError.of(path, "no complete safetensors file") from error


def check_is_file(path: Path) -> None:
    """Refuses what would be read for ever, or is no file.

    Raises:
        FileNotFoundError: If there is nothing.
        DamagedFileError: If it is something else than a file, or a link out of its directory.
        UnreadableError: If the system does not say.
    """
    with _damage_of(path), reading(path):
        if stat.S_ISLNK(path.lstat().st_mode) and not _is_inside(path, path.parent):
            raise DamagedFileError.of(path, "a link out of its directory")
        if not is_file(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))


def digest(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        FileNotFoundError: If there is none.
        DamagedFileError: If it is something else.
        UnreadableError: If it cannot be read now.
    """
    with _damage_of(path):
        return sha256_of(path)


@contextlib.contextmanager
def _damage_of(path: Path) -> Iterator[None]:
    try:
        yield
    except NoFileError as error:
        raise DamagedFileError.of(path, str(error)) from error


def _is_inside(path: Path, directory: Path) -> bool:
    # `Path.resolve` raises for links in a circle, by version.
    place, root = os.path.realpath(path), os.path.realpath(directory)
    return Path(place).is_relative_to(root)
