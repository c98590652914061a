"""Clients of a server, all in one thread: as cheap as they can be, since they share the machine with it."""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


@dataclass
class Outcome:
    """What clients got.

    Attributes:
        latencies: Seconds of each answered request, by status.
        num_cut: Answers that broke off.
        num_unanswered: Requests to which not a byte came.
        num_refused: Connections that were not taken on.
        seconds: That all of it took.
    """

    latencies: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    num_cut: int = 0
    num_unanswered: int = 0
    num_refused: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        """What became of the requests, in a few words."""
        answered = ", ".join(f"{len(each):,} of status {status}" for status, each in self.latencies.items())
        lost = f"{self.num_cut} cut, {self.num_unanswered} unanswered, {self.num_refused} refused"
        return f"{answered or 'none'}; {lost}"

    def add(self, other: Outcome) -> None:
        """Adds what clients got at another time."""
        for status, latencies in other.latencies.items():
            self.latencies[status] += latencies
        self.num_cut += other.num_cut
        self.num_unanswered += other.num_unanswered
        self.num_refused += other.num_refused
        self.seconds += other.seconds

    @property
    def rate(self) -> float:
        """Requests a second that were carried out."""
        return len(self.latencies[200]) / self.seconds

    def percentile(self, percent: float, status: int = 200) -> float:
        """Seconds that this share of the answers stays below."""
        return float(np.percentile(self.latencies[status], percent))


def picture_request(content: bytes, path: str = "/predict") -> bytes:
    """A picture as the body of a request."""
    return request_of(content, "image/png", path)


def form_request(contents: Sequence[bytes], path: str = "/predict") -> bytes:
    """Pictures as the files of a form."""
    head = b'--x\r\nContent-Disposition: form-data; name="pictures"; filename="%d.png"\r\n\r\n'
    parts = [head % place + content + b"\r\n" for place, content in enumerate(contents)]
    return request_of(b"".join([*parts, b"--x--\r\n"]), "multipart/form-data; boundary=x", path)


def request_of(body: bytes, kind: str, path: str = "/predict") -> bytes:
    """A request with a body of some content type."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def load(
    port: int,
    requests: Sequence[bytes],
    num_clients: int,
    seconds: float,
    rate: float | None = None,
) -> Outcome:
    """Sends requests from several clients on connections that stay open.

    Args:
        port: Of the server, on 127.0.0.1.
        requests: Sent in turn.
        num_clients: Each waits for its answer before it sends the next request.
        seconds: For how long.
        rate: Requests a second of all clients together; as fast as answers come unless given. A client whose
            answer comes too late for its turn sends the next one at once.
    """
    return asyncio.run(loaded(port, requests, num_clients, seconds, rate))


async def loaded(
    port: int, requests: Sequence[bytes], num_clients: int, seconds: float, rate: float | None = None
) -> Outcome:
    """As `load`, within a loop."""
    outcome, started = Outcome(), time.perf_counter()
    gap = 0.0 if rate is None else num_clients / rate
    clients = [
        _Client(port, requests[place % len(requests) :] or requests, outcome) for place in range(num_clients)
    ]
    async with asyncio.TaskGroup() as group:
        for place, client in enumerate(clients):
            first = started + gap * place / num_clients
            group.create_task(client.run(first, started + seconds, gap))
    outcome.seconds = time.perf_counter() - started
    return outcome


class _Client:
    def __init__(self, port: int, requests: Sequence[bytes], outcome: Outcome) -> None:
        self._port, self._requests, self._outcome = port, requests, outcome
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, due: float, end: float, gap: float) -> None:
        number = 0
        while (now := time.perf_counter()) < end:
            if now < due:
                await asyncio.sleep(due - now)
            due += gap
            if not await self._exchange(self._requests[number % len(self._requests)]):
                await asyncio.sleep(0.05)
            number += 1
        if self._streams is not None:
            self._streams[1].close()

    async def _exchange(self, request: bytes) -> bool:
        """Sends one request and takes its answer; False where there is no server."""
        if self._streams is None:
            try:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                self._outcome.num_refused += 1
                return False
        reader, writer = self._streams
        sent = time.perf_counter()
        is_begun = False
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            is_begun = True
            length = _LENGTH.search(head)
            await reader.readexactly(int(length[1]) if length else 0)
        except (OSError, asyncio.IncompleteReadError) as error:
            is_begun |= bool(getattr(error, "partial", b""))
            if is_begun:
                self._outcome.num_cut += 1
            else:
                self._outcome.num_unanswered += 1
            self._close()
            return False
        self._outcome.latencies[int(head[9:12])].append(time.perf_counter() - sent)
        if _CLOSE.search(head):
            self._close()
        return True

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None
