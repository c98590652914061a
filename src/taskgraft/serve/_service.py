"""The work behind the endpoints: take apart, decode, predict, answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import numpy as np

from taskgraft.errors import Phrase, unknown_name
from taskgraft.inference import Model
from taskgraft.pictures import BadImage
from taskgraft.request import ServeLimits
from taskgraft.scores import Answers
from taskgraft.serve._answers import answer, answers_to, part_of
from taskgraft.serve._backlog import Backlog
from taskgraft.serve._batches import Batches, Pixels
from taskgraft.serve._decoding import Decoder, is_of_size
from taskgraft.serve._metrics import Metrics
from taskgraft.serve._refused import RefusedError
from taskgraft.serve._requests import EncodedPicture, read_request
from taskgraft.serve._schemas import Options
from taskgraft.serve._served import Generation, Served

# A smaller one is taken apart at once: a thread would take longer to begin.
_SMALL_BYTES = 1 << 16


class Service:
    """What all requests share.

    Args:
        served: The models, by name; one at least.
        limits: What a client may ask for.

    Attributes:
        served: As given.
        limits: As given.
        backlog: What is under way.
        metrics: What is counted.
        is_stopping: Whether the server answers what has come, and then ends.
    """

    def __init__(self, served: Mapping[str, Served], limits: ServeLimits) -> None:
        self.served, self.limits = served, limits
        self.backlog = Backlog(limits)
        self.metrics = Metrics(self.backlog)
        self.is_stopping = False
        self._decoder = Decoder(limits.num_pixels)
        self._batches = Batches(self._predict, limits.batch_size, limits.wait_seconds)

    async def answer(self, content_type: str, query: str, body: bytes) -> dict[str, Any]:
        """From a request to its answer.

        Args:
            content_type: The header of that name.
            query: Behind the path.
            body: Of the request.

        Raises:
            RefusedError: If it asks for something that is not given, or comes to nothing.
        """
        try:
            async with asyncio.timeout(self.limits.answer_seconds):
                options, pictures = await self._read(content_type, query, body)
                served = self._named(options.model)
                # To the end with the model that is served now, whatever comes meanwhile.
                return await self._answered(served, served.current, options, pictures)
        except TimeoutError as error:
            raise RefusedError.of(
                HTTPStatus.GATEWAY_TIMEOUT,
                "an answer",
                f"ready within {self.limits.answer_seconds:g} seconds",
                Phrase("none"),
                "Send fewer or smaller pictures, or try again later.",
            ) from error

    async def _answered(
        self, served: Served, generation: Generation, options: Options, pictures: Sequence[EncodedPicture]
    ) -> dict[str, Any]:
        model, target = generation.model, options.target_accuracy or served.target_accuracy
        threshold = generation.threshold(target)
        if options.top > 1 and not model.taxonomy.is_tree:
            raise RefusedError.expected("top", "1 where there is no tree", options.top, "Leave it out.")
        with self.backlog.pictures(len(pictures)):
            decoded = await self._decoder.decode(pictures, model)
            bad = [each for each in decoded if isinstance(each, BadImage)]
            good = [
                (picture, each)
                for picture, each in zip(pictures, decoded, strict=True)
                if not isinstance(each, BadImage)
            ]
            self.metrics.pictures(len(good), len(bad))
            if not good:
                raise _unreadable(bad)
            said, place = await self._batches.predict(model, np.stack([pixels for _, pixels in good]))
        predictions = part_of(
            said,
            place,
            [picture.name for picture, _ in good],
            model.taxonomy,
            threshold=threshold,
            num_alternatives=options.top if options.top > 1 else 0,
            bad=bad,
            notes=_notes(model, [picture for picture, _ in good]),
        )
        return answer(model, predictions, options.siblings)

    async def _read(self, content_type: str, query: str, body: bytes) -> tuple[Options, list[EncodedPicture]]:
        if len(body) <= _SMALL_BYTES:
            return read_request(content_type, query, body, self.limits)
        return await asyncio.to_thread(read_request, content_type, query, body, self.limits)

    def _named(self, name: str | None) -> Served:
        if name is None and len(self.served) == 1:
            return next(iter(self.served.values()))
        if name is None:
            raise RefusedError.expected(
                "model", f"one of {', '.join(self.served)}", Phrase("none"), "Name it."
            )
        if name not in self.served:
            raise unknown_name("model", name, self.served)
        return self.served[name]

    def _predict(self, model: Model, pixels: Pixels) -> Answers:
        started = time.perf_counter()
        answers = answers_to(model, pixels)
        self.metrics.batch(len(pixels), time.perf_counter() - started)
        return answers


def _notes(model: Model, pictures: Sequence[EncodedPicture]) -> tuple[str, ...]:
    notes = model.notes_on_fit()
    # Few models have any: the others' pictures need no second look.
    return notes if notes and not all(is_of_size(each, model.image_shape) for each in pictures) else ()


def _unreadable(bad: Sequence[BadImage]) -> RefusedError:
    first = bad[0]
    what = "the picture" if len(bad) == 1 else f"one of {len(bad):,} pictures"
    return RefusedError.of(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        what,
        "readable",
        Phrase(first.line if len(bad) > 1 else first.reason),
        "Send another one.",
    )
