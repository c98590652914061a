"""Runs the server until a signal ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any

import uvicorn
from starlette.applications import Starlette

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.printing import note, say
from taskgraft.request import ServeLimits
from taskgraft.serve._connection import Connection, has_unread
from taskgraft.serve._service import Service

_SWEEP_SECONDS = 0.25
_WATCH_SECONDS = 1.0
_BACKLOG = 1024


def run(app: Starlette, host: str = "127.0.0.1", port: int = 8000, caution: str = "") -> None:
    """Serves an app until SIGTERM or SIGINT, and then answers what has come.

    SIGHUP reads the models again. A second signal ends the process at once.

    Args:
        app: As `create_app` makes it.
        host: Address or name to listen on.
        port: 0 for a free one.
        caution: Is printed when it listens; empty for nothing.

    Raises:
        RequestError: If nothing can listen there.
    """
    with _listening(host, port) as listener:
        if caution:
            note(caution)
        asyncio.run(_Server(app, listener).run())


class _Server(uvicorn.Server):
    """uvicorn's server with signals, sweeps and an end of our kind."""

    def __init__(self, app: Starlette, listener: socket.socket) -> None:
        self._service: Service = app.state.service
        self._listener = listener
        limits: ServeLimits = self._service.limits
        # uvicorn waits for requests under way no longer than they may take.
        longest = limits.drain_seconds + limits.body_seconds + limits.answer_seconds
        super().__init__(
            uvicorn.Config(
                app,
                http=partial(Connection, limits=limits),  # type: ignore[arg-type]
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=max(1, round(limits.head_seconds)),
                timeout_graceful_shutdown=round(longest) + 1,
            )
        )

    async def run(self) -> None:  # type: ignore[override]
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_note_fault)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        async with _repeating(self._sweep, _SWEEP_SECONDS), _repeating(self._watch, _WATCH_SECONDS):
            await self.serve(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins, and says where."""
        await super().startup(sockets)
        host, port = self._listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        say(f"Serving {', '.join(self._service.served)} at http://{shown}:{port}")
        say("Ctrl-C stops, when what has come is answered.")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends: no connection is taken on, each that is open is closed behind its next answer."""
        await self._take_on_all()
        for server in self.servers:
            server.close()
        await asyncio.sleep(self._service.limits.drain_seconds)
        await super().shutdown(sockets)

    async def _take_on_all(self) -> None:
        """Takes on what the system has taken on already: on a busy machine many connections wait."""
        loop = asyncio.get_running_loop()
        by = loop.time() + self._service.limits.drain_seconds
        was_quiet = is_quiet = False
        # Twice, since what is accepted in one turn of the loop becomes a connection in the next.
        while not (was_quiet and is_quiet) and loop.time() < by:
            await asyncio.sleep(0)
            was_quiet, is_quiet = is_quiet, not has_unread(self._listener)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the handlers of `run`."""
        yield

    def _stop(self, number: int) -> None:
        if self._service.is_stopping:
            note("taskgraft: stopped.")
            os._exit(128 + number)
        self._service.is_stopping = self.should_exit = True
        note("taskgraft: stopping when what has come is answered; again stops at once.")

    def _reload(self) -> None:
        self._reloading = asyncio.ensure_future(self._watch(is_forced=True))

    async def _watch(self, *, is_forced: bool = False) -> None:
        for served in self._service.served.values():
            if not await served.refresh(is_forced=is_forced):
                continue
            self._service.metrics.load(served.name, is_taken=served.problem is None)
            if served.problem is None:
                origin = served.current.model.description.origin
                note(f"taskgraft: {served.name}: took over {origin.variant}, made {origin.created}.")
            else:
                note(f"taskgraft: {served.name}: keeps the model that it has. {served.problem}")

    async def _sweep(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.sweep(now)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise RequestError.expected(
            f"{Parameter('host', host)} and {Parameter('port', port)}",
            "an address to listen on",
            getattr(error, "strerror", None) or str(error),
            "Choose another one.",
        ) from error
    # An answer is written in two pieces; the second must not wait for the first to be acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        yield listener


@asynccontextmanager
async def _repeating(work: Callable[[], Awaitable[None]], seconds: float) -> AsyncIterator[None]:
    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception as error:  # the next time may be better
                note(f"taskgraft: {type(error).__name__}: {error}")

    task = asyncio.ensure_future(repeat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _note_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    fault = context.get("exception")
    note(f"taskgraft: {context['message']}" + ("" if fault is None else f": {type(fault).__name__}: {fault}"))
