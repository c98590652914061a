"""A connection within limits: slow, endless and too many ones end, each with a line where one can be sent."""

from __future__ import annotations

import selectors
from asyncio import Transport
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from taskgraft.errors import Phrase
from taskgraft.request import ServeLimits
from taskgraft.serve._answers import json_response
from taskgraft.serve._backlog import RETRY
from taskgraft.serve._refused import RefusedError

# For a client to read why.
_LINGER_SECONDS = 2.0


def has_unread(from_where: Any) -> bool:
    """Whether something has come that nobody has read: bytes or an end, or a connection to one that listens.

    Args:
        from_where: A socket.
    """
    if from_where.fileno() < 0:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(from_where, selectors.EVENT_READ)
        return bool(selector.select(0))


class Connection(HttpToolsProtocol):
    """A connection as uvicorn has it, with the limits that uvicorn has not.

    `sweep` is to be called a few times a second.

    Args:
        limits: Of connections and headers.
        options: What uvicorn gives.
    """

    def __init__(self, *, limits: ServeLimits, **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._is_in_head = self._is_in_body = False
        # Bytes of a head that goes on and on, or of a body that nobody wants any more.
        self._num_bytes = 0
        self._head_by = self.loop.time() + limits.head_seconds
        self._stuck_since: float | None = None
        self._end_by: float | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Takes a connection on, or refuses it where there are too many."""
        super().connection_made(transport)
        number = len(self.connections)
        if number > 2 * self._limits.num_connections:
            transport.abort()
        elif number > self._limits.num_connections:
            self._refuse(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the connections",
                f"at most {self._limits.num_connections:,}",
                "more",
                "Try again in a second.",
                RETRY,
            )

    def data_received(self, data: bytes) -> None:
        """Reads, as long as what is of no use stays small."""
        if self._end_by is not None or self.transport.is_closing():
            return
        was_idle = self._is_idle
        super().data_received(data)
        self._num_bytes = self._num_bytes + len(data) if was_idle and self._is_idle else 0
        if self._end_by is not None:
            return
        if self._is_in_head and self._num_bytes > self._limits.header_bytes:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "the headers",
                f"at most {self._limits.header_bytes:,} bytes",
                "more",
                "Send fewer.",
            )
        elif self._num_bytes > self._limits.body_bytes:
            # The answer is sent; whoever still writes has a moment to read it.
            self._end_by = self.loop.time() + _LINGER_SECONDS

    def on_message_begin(self) -> None:
        """Of the parser: a request begins."""
        super().on_message_begin()
        self._is_in_head = True

    def on_headers_complete(self) -> None:
        """Of the parser: its headers are complete."""
        self._is_in_head, self._is_in_body = False, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Of the parser: its body is, too."""
        self._is_in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Waits for the next request, and for what is left of this one."""
        self._head_by = self.loop.time() + self._limits.head_seconds
        super().on_response_complete()

    @property
    def _is_answered(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def _is_idle(self) -> bool:
        """Whether what comes is a part of a head, or of a body whose answer is sent."""
        return self._is_in_head or (self._is_in_body and self._is_answered)

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP."""
        if self._end_by is None:
            self._refuse(
                HTTPStatus.BAD_REQUEST, "the request", "one of HTTP/1.1", "another", "Correct the client."
            )

    def sweep(self, now: float) -> None:
        """Ends the connection if it has been too slow.

        Args:
            now: As the loop has it.
        """
        is_stuck = self.transport.is_closing() or self.flow.write_paused
        self._stuck_since = (self._stuck_since or now) if is_stuck else None
        is_lost = is_stuck and now > (self._stuck_since or now) + self._limits.answer_seconds
        if is_lost or (self._end_by is not None and now > self._end_by):
            self.transport.abort()
        elif self._end_by is None and not is_stuck and self._is_answered and now > self._head_by:
            self._end_slow()

    def shutdown(self) -> None:
        """Of uvicorn, at the end of the server: closes the connection, now or behind what has come."""
        # Of a request that lies in the system unread, or whose head is half here, uvicorn does not know.
        is_begun = self._is_in_head or has_unread(self.transport.get_extra_info("socket"))
        if not (self._is_answered and is_begun):
            super().shutdown()

    def _end_slow(self) -> None:
        if not self._is_in_head:
            self.transport.close()
            return
        self._refuse(
            HTTPStatus.REQUEST_TIMEOUT,
            "the headers",
            f"complete within {self._limits.head_seconds:g} seconds",
            "a part",
            "Send them faster.",
        )

    def _refuse(
        self,
        status: HTTPStatus,
        what: str,
        rule: str,
        got: str,
        remedy: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Sends a line, and reads on without looking: closed at once, a client might never see it."""
        error = RefusedError.of(status, what, rule, Phrase(got), remedy)
        response = json_response({"error": str(error)}, status, (*headers, ("connection", "close")))
        head = [f"HTTP/1.1 {status.value} {status.phrase}".encode("ascii")]
        head += [name + b": " + value for name, value in response.raw_headers]
        self._end_by = self.loop.time() + _LINGER_SECONDS
        # An answer that is under way must not be broken into.
        if self._is_answered:
            self.transport.write(b"\r\n".join([*head, b"", bytes(response.body)]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
