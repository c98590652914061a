"""A tiny run that is interrupted and resumed, compared bit for bit with one that was not."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import torch

from taskgraft.architecture import catalogue
from taskgraft.data.sources import load
from taskgraft.errors import TaskgraftError
from taskgraft.events import BatchServed, RunEvent, TrainingResumed, silent
from taskgraft.file_writing import write_bytes
from taskgraft.hardware import Hardware
from taskgraft.network import Network
from taskgraft.recipe import quick
from taskgraft.training import SLOTS, Checkpoints, train

_STEP = 5  # of eight


class _CutOffError(Exception):
    """Stands for whatever ends a process in the middle of a run."""


class _CuttingOff:
    def __init__(self) -> None:
        self._num_batches = 0

    def __call__(self, event: RunEvent) -> None:
        self._num_batches += isinstance(event, BatchServed)
        if self._num_batches > _STEP:
            raise _CutOffError


def fault_of_resuming(hardware: Hardware) -> str | None:
    """Trains on drawn pictures in a temporary directory; what went wrong, or None.

    Args:
        hardware: Where and how to compute.

    Example:
        >>> from taskgraft.hardware import choose_hardware
        >>> fault_of_resuming(choose_hardware("cpu")) is None
        True
    """
    try:
        uninterrupted = _trained(hardware, None)
        with tempfile.TemporaryDirectory(prefix="taskgraft-") as folder:
            return _fault(hardware, Path(folder), uninterrupted)
    except (OSError, TaskgraftError, RuntimeError) as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__


def _fault(hardware: Hardware, folder: Path, uninterrupted: Network) -> str | None:
    with suppress(_CutOffError):
        _trained(hardware, _checkpoints(folder), _CuttingOff())
    if not any((folder / slot).is_file() for slot in SLOTS):
        return "no checkpoint was written"
    events: list[RunEvent] = []
    resumed = _trained(hardware, _checkpoints(folder), events.append)
    step = next((event.step for event in events if isinstance(event, TrainingResumed)), 0)
    if step != _STEP:
        return f"the run went on from step {step}, not {_STEP}"
    other = resumed.state_dict()
    differing = [
        name for name, one in uninterrupted.state_dict().items() if not torch.equal(one, other[name])
    ]
    return f"{len(differing)} of {len(other)} tensors differ in some bit" if differing else None


def _trained(
    hardware: Hardware, checkpoints: Checkpoints | None, listener: Callable[[RunEvent], None] = silent
) -> Network:
    data = load("shapes", num_train=160, num_test=64)
    recipe = quick().model_copy(update={"epochs": 2.0, "batch_size": 32})
    architecture = catalogue(data.taxonomy.level_names)["shared-coarse-to-fine"]
    return train(architecture, data, recipe, 0, hardware, checkpoints, listener)[0]


def _checkpoints(folder: Path) -> Checkpoints:
    """Saves after every step, whatever the time it takes."""
    return Checkpoints(folder, "self-test", write_bytes, interval_seconds=0, most_share=math.inf)
