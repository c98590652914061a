"""Keeps the state of a run in two files in turn, so that a complete one exists whatever happens.

A checkpoint is a safetensors file: tensors, and in its metadata everything else as one JSON string, and the
SHA-256 of both. Reading one runs no code, and what does not hold is not believed.
"""

from __future__ import annotations

import contextlib
import json
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor

from taskgraft.errors import StudyError
from taskgraft.failpoint import failpoint
from taskgraft.file_reading import NoFileError, opened_tensors, reading
from taskgraft.hardware import is_out_of_memory
from taskgraft.tensor_seal import tensor_seal

SLOTS = ("checkpoint-a.safetensors", "checkpoint-b.safetensors")
INTERVAL_SECONDS = 120.0
MOST_SHARE = 0.01
_FORMAT = 1


class UnfitError(Exception):
    """Something is no checkpoint of this run; says what it is instead."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a run between two steps.

    Attributes:
        tensors: By name.
        facts: Everything else, as JSON; `step` and `history` among it.
    """

    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    @property
    def position(self) -> tuple[int, int]:
        """Steps done, and epochs closed: the larger, the newer."""
        return int(self.facts["step"]), len(self.facts["history"])


class Checkpoints:
    """The checkpoints of one run.

    Saved at the end of an epoch, and every `interval_seconds` of long ones; but never so often that saving
    takes a larger share of the time than `most_share`, however slow the disk or short the epochs.

    Args:
        directory: Of the run.
        fingerprint: Stands for all that decides the run's numbers; a checkpoint of another is not believed.
        write: Writes a complete file, or raises an error meant for the user and leaves the file as it was.
        interval_seconds: Time between checkpoints within an epoch.
        most_share: Of the time, for saving.
    """

    def __init__(
        self,
        directory: Path,
        fingerprint: str,
        write: Callable[[Path, bytes], None],
        interval_seconds: float = INTERVAL_SECONDS,
        most_share: float = MOST_SHARE,
    ) -> None:
        self._directory = directory
        self._fingerprint = f"{_FORMAT}/{fingerprint}"
        self._write = write
        self._interval_seconds = interval_seconds
        self._most_share = most_share
        self._slot = 0
        self._saved, self.save_seconds = time.perf_counter(), 0.0

    def is_due(self, *, epoch_ended: bool) -> bool:
        """Whether to save now."""
        since = time.perf_counter() - self._saved
        return since * self._most_share >= self.save_seconds and (
            epoch_ended or since >= self._interval_seconds
        )

    def save(self, snapshot: Snapshot) -> None:
        """Writes a snapshot over the older of the two; the newer stays until this one is complete."""
        started = time.perf_counter()
        strides = {name: tensor.stride() for name, tensor in snapshot.tensors.items() if _is_dense(tensor)}
        facts = json.dumps({**snapshot.facts, "strides": strides, "fingerprint": self._fingerprint})
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in snapshot.tensors.items()}
        content = _serialised(plain, {"facts": facts, "sha256": tensor_seal(facts, plain)})
        self._write(self._directory / SLOTS[self._slot], content)
        self._slot = 1 - self._slot
        self._saved = time.perf_counter()
        self.save_seconds = self._saved - started

    def snapshots(self, note: Callable[[str], None]) -> Iterator[Snapshot]:
        """The undamaged snapshots of this run, newest first; the next save spares the last one given.

        Args:
            note: Called with a line for each file that is not used.

        Raises:
            UnreadableError: If one cannot be read now, and so might be the newest.
        """
        readable: list[tuple[Snapshot, int]] = []
        for slot, name in enumerate(SLOTS):
            try:
                readable.append((_read(self._directory / name, self._fingerprint), slot))
            except FileNotFoundError:
                continue
            except UnfitError as error:
                note(f"{self._directory.name}: {name} is {error}, and not used.")
        for snapshot, slot in sorted(readable, key=lambda pair: pair[0].position, reverse=True):
            self._slot = 1 - slot
            yield snapshot

    def step(self) -> int | None:
        """At which step the run would go on, as the headers of its files say; None if it would not.

        Their tensors are not read, so whether they hold is not known.
        """
        steps = []
        for name in SLOTS:
            with (
                contextlib.suppress(OSError, SafetensorError, StudyError, ValueError, TypeError, LookupError),
                opened_tensors(self._directory / name, "pt") as file,
            ):
                facts = json.loads((file.metadata() or {})["facts"])
                if facts["fingerprint"] == self._fingerprint:
                    steps.append(int(facts["step"]))
        return max(steps, default=None)

    def remove(self) -> None:
        """Removes them, once the run is finished."""
        failpoint("checkpoints.remove.before")
        remove_checkpoints(self._directory)
        failpoint("checkpoints.remove.after")


def remove_checkpoints(directory: Path) -> None:
    """Removes the checkpoints of a run; what cannot be removed stays."""
    for name in SLOTS:
        with contextlib.suppress(OSError):
            (directory / name).unlink(missing_ok=True)


def _read(path: Path, fingerprint: str) -> Snapshot:
    """The snapshot in a file, undamaged and of this run.

    Raises:
        FileNotFoundError: If there is no file.
        UnfitError: If it is something else.
        UnreadableError: If it cannot be read now: it may be the only good one.
        MemoryError, RuntimeError: If there is no memory to read it into, which says nothing of the file.
    """
    try:
        with reading(path):
            if stat.S_ISLNK(path.lstat().st_mode):
                raise UnfitError("no file")
        with opened_tensors(path, "pt") as file:
            metadata = file.metadata() or {}
            text, seal = metadata["facts"], metadata["sha256"]
            facts = json.loads(text)
            if facts["fingerprint"] != fingerprint:
                raise UnfitError("of another request, machine, version or number of threads")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if tensor_seal(text, tensors) != seal:
            raise UnfitError("damaged")
        strides = facts["strides"]
        snapshot = Snapshot({n: _laid_out(t, strides.get(n, t.stride())) for n, t in tensors.items()}, facts)
        snapshot.position  # noqa: B018 - raises where the facts are not those of a run
    except FileNotFoundError:
        raise
    except NoFileError as error:
        raise UnfitError("no file") from error
    except (SafetensorError, RuntimeError, ValueError, TypeError, LookupError, AttributeError) as error:
        if is_out_of_memory(error):
            raise
        raise UnfitError("damaged") from error
    return snapshot


def _serialised(tensors: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """The bytes of a safetensors file.

    Raises:
        MemoryError: If there is no room for them.
    """
    try:
        return save(tensors, metadata)
    except BaseException as error:
        # safetensors is written in Rust, where a lack of memory is a panic, which is no Exception.
        if type(error).__name__ == "PanicException":
            raise MemoryError("no room for a checkpoint") from error
        raise


def _laid_out(tensor: Tensor, stride: Sequence[int]) -> Tensor:
    """A copy in a layout: optimizers walk through the memory of weights and momenta together."""
    if not _spans(tensor.shape, stride):
        raise ValueError("a layout with gaps")
    return torch.empty_strided(tensor.shape, stride, dtype=tensor.dtype).copy_(tensor)


def _is_dense(tensor: Tensor) -> bool:
    return _spans(tensor.shape, tensor.stride())


def _spans(shape: Sequence[int], stride: Sequence[int]) -> bool:
    """Whether a layout takes as much memory as it has numbers."""
    last = sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
    return 1 + last == torch.Size(shape).numel()
