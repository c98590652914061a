"""The body of a request, as far as its size and its time are within limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.requests import Request

from taskgraft.errors import Phrase
from taskgraft.request import ServeLimits
from taskgraft.serve._backlog import Backlog
from taskgraft.serve._refused import RefusedError


@asynccontextmanager
async def body_of(request: Request, limits: ServeLimits, backlog: Backlog) -> AsyncIterator[bytes]:
    """Reads a body; it counts as held as long as it is used.

    Args:
        request: Not read yet.
        limits: Of its size and its time.
        backlog: Where it counts.

    Raises:
        RefusedError: With status 413, 408 or, where others hold too much, 503.
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal() and len(length) < 20 and int(length) > limits.body_bytes:
        raise _too_large(limits, f"{int(length):,}")
    held = _Held(limits, backlog)
    try:
        try:
            async with asyncio.timeout(limits.body_seconds):
                async for piece in request.stream():
                    held.take(piece)
        except TimeoutError as error:
            raise RefusedError.of(
                HTTPStatus.REQUEST_TIMEOUT,
                "the body",
                f"complete within {limits.body_seconds:g} seconds",
                Phrase(f"{held.num_bytes:,} bytes"),
                "Send it faster, or less of it.",
                (("connection", "close"),),
            ) from error
        yield b"".join(held.pieces)
    finally:
        backlog.give_bytes(held.num_bytes)


class _Held:
    """The pieces of a body that have come."""

    def __init__(self, limits: ServeLimits, backlog: Backlog) -> None:
        self._limits, self._backlog = limits, backlog
        self.pieces: list[bytes] = []
        self.num_bytes = 0

    def take(self, piece: bytes) -> None:
        if self.num_bytes + len(piece) > self._limits.body_bytes:
            raise _too_large(self._limits, "more")
        self._backlog.take_bytes(len(piece))
        self.num_bytes += len(piece)
        self.pieces.append(piece)


def _too_large(limits: ServeLimits, got: str) -> RefusedError:
    return RefusedError.of(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "the body",
        f"at most {limits.body_bytes:,} bytes",
        Phrase(got),
        "Send fewer or smaller pictures.",
    )
