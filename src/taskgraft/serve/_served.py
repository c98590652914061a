"""A model that is served under a name, and taken over from its file when that is replaced."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from taskgraft.errors import Phrase, RequestError, TaskgraftError
from taskgraft.inference import Model, ModelFileError, check_extent, read_model
from taskgraft.models import check_taxonomy_digest

# That validation images may be able to promise; what a page offers.
TARGETS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999)
_MOST_TARGETS_KEPT = 256

Stamp = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Generation:
    """One model that was read, with what is worked out once for it.

    Attributes:
        model: The model.
        loaded: When it was taken over, in UTC.
        threshold: `Model.threshold` of a target accuracy.
        thresholds: Those of `TARGETS` that validation images can promise, by target.
    """

    model: Model
    loaded: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    threshold: Callable[[float | None], float | None] = field(init=False)
    thresholds: dict[float, float] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "threshold", lru_cache(_MOST_TARGETS_KEPT)(self.model.threshold))
        described = self.model.description.promise
        promise = None if described is None else described.promise()
        listed = {target: promise.threshold(target) for target in TARGETS} if promise else {}
        promised = {target: threshold for target, threshold in listed.items() if threshold is not None}
        object.__setattr__(self, "thresholds", promised)


class Served:
    """A model under a name.

    Args:
        name: By which requests name it.
        source: The model, or what gives the path of its file.
        target_accuracy: Of answers to requests that name none.
        taxonomy_digest: Of the tree that the model has to have; None for any.

    Attributes:
        current: What answers now; whoever has begun with one keeps it.
        problem: Why the file that is in place of the first is not served; None where all is well.

    Raises:
        TaskgraftError: If the model cannot be read, or cannot be served.
    """

    def __init__(
        self,
        name: str,
        source: Model | Callable[[], Path],
        target_accuracy: float | None = None,
        taxonomy_digest: str | None = None,
    ) -> None:
        self.name = name
        self.target_accuracy = target_accuracy
        self._digest = taxonomy_digest
        self.problem: str | None = None
        self._find = None if isinstance(source, Model) else source
        self._path = None if self._find is None else self._find()
        self._seen = self._settling = self._stamp()
        self.current = self._generation(source if isinstance(source, Model) else read_model(self._path or ""))
        self._lock = asyncio.Lock()

    async def refresh(self, *, is_forced: bool = False) -> bool:
        """Takes over the model's file, if it was replaced and has stopped changing.

        Args:
            is_forced: Read it in any case, and look again for where it is.

        Returns:
            Whether anything changed: the model, or `problem`.
        """
        async with self._lock:
            if self._find is None:
                return False
            stamp = self._stamp()
            if not is_forced:
                is_settled, self._settling = stamp == self._settling, stamp
                if stamp == self._seen or not is_settled:
                    return False
            self._seen = self._settling = stamp
            before = self.problem, self.current
            try:
                if is_forced:
                    self._path = await asyncio.to_thread(self._find)
                self.current = await asyncio.to_thread(self._read)
                self.problem = None
            except TaskgraftError as error:
                self.problem = str(error)
            except (MemoryError, RuntimeError, OSError) as error:
                self.problem = f"Expected {self._path} to be read, but got {error}."
            return before != (self.problem, self.current)

    def _read(self) -> Generation:
        path = self._path or Path()
        # From a copy: a file that is written over while it is mapped would end the process.
        with TemporaryDirectory(prefix="taskgraft-") as folder:
            copy = Path(folder) / "model.safetensors"
            try:
                check_extent(path)
                shutil.copyfile(path, copy)
                model = read_model(copy)
            except FileNotFoundError as error:
                raise ModelFileError.of(path, "no such file") from error
            except ModelFileError as error:
                raise ModelFileError(error.text.replace(str(copy), str(path))) from error
        return self._generation(model)

    def _generation(self, model: Model) -> Generation:
        channels = model.image_shape[0]
        if channels not in (1, 3):
            raise RequestError.expected(
                f"the model {self.name}",
                "of pictures, grey or in colour",
                Phrase(f"one of {channels} channels"),
                "Serve another one.",
            )
        check_taxonomy_digest(model, self._digest, f"the model {self.name!r}")
        generation = Generation(model)
        generation.threshold(self.target_accuracy)
        # The first call builds the network that predicts.
        model.logits(np.zeros((1, *model.image_shape), np.uint8))
        return generation

    def _stamp(self) -> Stamp | None:
        """What changes when the file does; None where nobody can see it now."""
        if self._path is None:
            return None
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
