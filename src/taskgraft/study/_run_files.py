"""The files of a finished run's directory, read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from taskgraft.data import Split
from taskgraft.errors import StudyError
from taskgraft.history import MOST_EPOCHS, Epoch
from taskgraft.probe import Probe
from taskgraft.study._files import (
    DIAGNOSIS,
    FLOWS,
    HISTORY,
    PREDICTIONS,
    RUNS,
    Arrays,
    DamagedFileError,
    read_array,
    read_arrays,
    read_limited,
)
from taskgraft.study._run_records import run_name

Logits = npt.NDArray[np.float32]
# Logits, one array (N, K) a level, and targets (N, L).
SplitArrays = tuple[list[Logits], npt.NDArray[np.int64]]
# Far more than the probes of a run that is probed behind each of its epochs.
_MOST_PROBE_BYTES = 1_000_000_000


def run_directory(study: Path, variant: str, seed: int) -> Path:
    """The directory of one run's files."""
    return study / RUNS / run_name(variant, seed)


def read_history(directory: Path, levels: Sequence[str]) -> list[Epoch]:
    """The epochs of a finished run.

    Args:
        directory: Of the run.
        levels: Names of the levels, which decide how long a history can be.

    Raises:
        StudyError: If they are missing or damaged.
    """
    path = directory / HISTORY
    try:
        lines = read_limited(path, _longest_history(levels)).splitlines()
        return [Epoch.model_validate_json(line) for line in lines]
    except (FileNotFoundError, ValidationError) as error:
        raise DamagedFileError.of(path, "no history, or a torn one") from error


def _longest_history(levels: Sequence[str]) -> int:
    """Bytes of the longest history that a recipe's epochs can make: a line for each."""
    longest = -1.2345678901234567e-308
    row = Epoch(
        epoch=longest,
        step=10**15,
        seconds=longest,
        learning_rate=longest,
        train_loss=longest,
        train_losses=dict.fromkeys(levels, longest),
        val_losses=dict.fromkeys(levels, longest),
        val_accuracies=dict.fromkeys(levels, longest),
        level_weights=dict.fromkeys(levels, longest),
        gradient_ratio=longest,
    )
    return MOST_EPOCHS * (len(row.model_dump_json().encode()) + 1)


def read_probes(directory: Path) -> list[Probe]:
    """What a diagnosis of a finished run saw, in the order of the epochs; nothing where there was none.

    Args:
        directory: Of the run.

    Raises:
        StudyError: If they are damaged.
    """
    path = directory / DIAGNOSIS
    try:
        lines = read_limited(path, _MOST_PROBE_BYTES).splitlines()
        return [Probe.model_validate_json(line) for line in lines]
    except FileNotFoundError:
        return []
    except ValidationError as error:
        raise DamagedFileError.of(path, "no probes, or torn ones") from error


def read_predictions(directory: Path) -> Arrays:
    """A finished run's logits, targets and image indices, by the names of `_predictions`.

    Raises:
        StudyError: If they are missing or damaged.
    """
    path = directory / PREDICTIONS
    try:
        return read_arrays(path)[0]
    except FileNotFoundError as error:
        raise DamagedFileError.of(path, "none") from error


def read_indices(directory: Path, split: Split) -> npt.NDArray[np.int64]:
    """Which images of the data a finished run has in a split, in the order of its predictions.

    Raises:
        StudyError: If they are missing or damaged.
    """
    path = directory / PREDICTIONS
    try:
        indices = read_array(path, f"{split}.indices")
    except FileNotFoundError as error:
        raise DamagedFileError.of(path, "none") from error
    if indices.dtype != np.int64 or indices.ndim != 1 or len(np.unique(indices)) < len(indices):
        raise DamagedFileError.of(path, "one with something else than the numbers of images")
    return indices.astype(np.int64, copy=False)


def read_split(directory: Path, levels: Sequence[str], split: Split) -> SplitArrays:
    """A finished run's logits, one array (N, K) a level, and targets (N, L) of a split.

    Raises:
        StudyError: If the predictions are missing or damaged, or not those of these levels.
    """
    return _split(read_predictions(directory), directory, levels, split)


def read_splits(directory: Path, levels: Sequence[str]) -> dict[Split, SplitArrays]:
    """`read_split` of val and test, from one reading of the file.

    Raises:
        StudyError: If the predictions are missing or damaged, or not those of these levels.
    """
    arrays = read_predictions(directory)
    splits: tuple[Split, ...] = ("val", "test")
    return {split: _split(arrays, directory, levels, split) for split in splits}


def _split(arrays: Arrays, directory: Path, levels: Sequence[str], split: Split) -> SplitArrays:
    try:
        logits = [arrays[f"{split}.logits.{name}"].astype(np.float32, copy=False) for name in levels]
        targets = [arrays[f"{split}.targets.{name}"].astype(np.int64, copy=False) for name in levels]
    except KeyError as error:
        raise StudyError.expected(
            f"the predictions of {directory.name}",
            f"those of levels {', '.join(levels)}",
            f"none of {error}",
            "Delete the run's directory and run the command of the study again.",
        ) from error
    for level, classes in zip(logits, targets, strict=True):
        if not _belong_together(level, classes) or len(level) != len(logits[0]):
            raise DamagedFileError.of(directory / PREDICTIONS, "logits without their classes")
    return logits, np.stack(targets, axis=1)


def read_flows(directory: Path) -> Arrays:
    """Predictions under interventions of a finished run, as `<source>><target>.<intervention>`.

    Empty for an architecture without flows.

    Raises:
        StudyError: If they are damaged.
    """
    try:
        return read_arrays(directory / FLOWS)[0]
    except FileNotFoundError:
        return {}


def _belong_together(logits: Logits, targets: npt.NDArray[np.int64]) -> bool:
    """Whether these are logits (N, K) and classes (N,) below K, -1 where unknown."""
    if logits.ndim != 2 or targets.shape != logits.shape[:1] or logits.shape[1] == 0:
        return False
    return not targets.size or -1 <= targets.min() <= targets.max() < logits.shape[1]
