"""Writes every file whole: to a temporary name beside it, synced to disk, then renamed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import numpy as safetensors_numpy
from safetensors import torch as safetensors_torch

from taskgraft.errors import StudyError

# The names of a study directory, where `runs` holds a directory of the last five for each run.
STUDY, RESULTS, REPORT, INFERENCE = "study.json", "results.csv", "report.html", "inference.json"
GALLERY = "gallery.safetensors"
HISTORY, RESULT = "history.jsonl", "result.json"
WEIGHTS, PREDICTIONS, FLOWS = "model.safetensors", "predictions.safetensors", "flows.safetensors"


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that it is there complete or not at all.

    Args:
        path: Final place; its directory is made when missing.
        content: All of it.

    Raises:
        StudyError: If the directory or the file cannot be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StudyError.expected(
            str(path), "writable", error.strerror or error, "Check the directory, its rights and the disk."
        ) from error


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text whole."""
    write_whole(path, text.encode())


def write_weights(path: Path, state: Mapping[str, torch.Tensor]) -> None:
    """Writes a network's state as safetensors, in plain layout on the CPU."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    write_whole(path, safetensors_torch.save(plain))


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
    """Writes named arrays as safetensors."""
    write_whole(path, safetensors_numpy.save({k: np.ascontiguousarray(v) for k, v in arrays.items()}))


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
