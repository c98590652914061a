"""Pictures of many requests, predicted together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
_Model = TypeVar("_Model")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, eq=False)
class _Item(Generic[_Model, _Answer]):
    """Pictures of one request, for one model."""

    model: _Model
    pixels: Pixels
    answer: asyncio.Future[tuple[_Answer, slice]]


class Batches(Generic[_Model, _Answer]):
    """Joins what waits into batches, and has one at a time predicted on a thread.

    While one is predicted the next one gathers, so that a busy server has large batches and an idle one
    answers at once. All of a request is in one batch, and all of a batch is for one model.

    Args:
        predict: From a model and uint8 pixels (N, C, H, W) to what the model says of the N pictures.
        batch_size: Pictures in a batch at most, unless a single request has more.
        wait_seconds: How long the first request waits for others when nothing is predicted.

    Example:
        >>> batches = Batches(lambda model, pixels: pixels.sum(axis=(1, 2, 3)), 8, 0.0)
        >>> async def both():
        ...     one, two = np.ones((1, 1, 2, 2), np.uint8), np.ones((2, 1, 2, 2), np.uint8)
        ...     return await asyncio.gather(batches.predict("m", one), batches.predict("m", two))
        >>> [(answer.tolist(), place) for answer, place in asyncio.run(both())]
        [([4, 4, 4], slice(0, 1, None)), ([4, 4, 4], slice(1, 3, None))]
    """

    def __init__(
        self,
        predict: Callable[[_Model, Pixels], _Answer],
        batch_size: int,
        wait_seconds: float,
    ) -> None:
        self._predict, self._batch_size, self._wait_seconds = predict, batch_size, wait_seconds
        self._waiting: deque[_Item[_Model, _Answer]] = deque()
        self._thread = ThreadPoolExecutor(1, "predict")
        self._full: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def predict(self, model: _Model, pixels: Pixels) -> tuple[_Answer, slice]:
        """Has pictures predicted together with those of others.

        Args:
            model: By which.
            pixels: uint8 of shape (N, C, H, W).

        Returns:
            What the model says of a batch, and which of it are these pictures.

        Raises:
            Exception: What `predict` raised on the batch.
        """
        loop = asyncio.get_running_loop()
        item = _Item(model, pixels, loop.create_future())
        self._waiting.append(item)
        is_full = sum(len(each.pixels) for each in self._waiting) >= self._batch_size
        if is_full and self._full is not None and not self._full.done():
            self._full.set_result(None)
        # No task outlives what waits: an app may be mounted where nobody would end it.
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._work(loop))
        return await item.answer

    async def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._wait_seconds:
            self._full = loop.create_future()
            await asyncio.wait([self._full], timeout=self._wait_seconds)
        while batch := self._next():
            pixels = batch[0].pixels if len(batch) == 1 else np.concatenate([item.pixels for item in batch])
            try:
                answer = await loop.run_in_executor(self._thread, self._predict, batch[0].model, pixels)
            except Exception as error:  # each of those who wait hears of it
                _fail(batch, error)
            else:
                _share(batch, answer)

    def _next(self) -> list[_Item[_Model, _Answer]]:
        """The first that waits, and others for the same model as far as they fit; nobody overtakes them."""
        batch: list[_Item[_Model, _Answer]] = []
        rest: deque[_Item[_Model, _Answer]] = deque()
        number = 0
        for item in self._waiting:
            if item.answer.done():  # whoever waited has given up
                continue
            is_fitting = not batch or number + len(item.pixels) <= self._batch_size
            if is_fitting and (not batch or item.model is batch[0].model):
                batch.append(item)
                number += len(item.pixels)
            else:
                rest.append(item)
        self._waiting = rest
        return batch


def _fail(batch: Sequence[_Item[_Model, _Answer]], error: Exception) -> None:
    for item in batch:
        if not item.answer.done():
            item.answer.set_exception(error)


def _share(batch: Sequence[_Item[_Model, _Answer]], answer: _Answer) -> None:
    start = 0
    for item in batch:
        end = start + len(item.pixels)
        if not item.answer.done():
            item.answer.set_result((answer, slice(start, end)))
        start = end
