"""What has come when the server stops is answered, also what lies in the system unread."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from running import answers, read_all, read_answer

from taskgraft.inference import Model
from taskgraft.serve import create_app
from taskgraft.serve._connection import has_unread
from taskgraft.serve._run import _Server

HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
Scenario = Callable[[_Server, socket.socket], Awaitable[None]]


def stopped(model: Model, scenario: Scenario) -> bytes:
    """What a client reads that is connected and answered once before a scenario."""

    async def run(listener: socket.socket) -> bytes:
        server = _Server(create_app(model, drain_seconds=0.05, head_seconds=1.0), listener)
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        with socket.create_connection(listener.getsockname(), 5) as client:
            client.sendall(HEALTH)
            assert (await asyncio.to_thread(read_answer, client)).startswith(b"HTTP/1.1 200")
            server._service.is_stopping = True
            await scenario(server, client)
            got = await asyncio.to_thread(read_all, client)
        server.should_exit = True
        await serving
        return got

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return asyncio.run(run(listener))


def close_all(server: _Server) -> None:
    """What uvicorn does with connections at the end."""
    for connection in list(server.server_state.connections):
        connection.shutdown()


def test_an_idle_connection_is_closed(model: Model) -> None:
    async def scenario(server: _Server, client: socket.socket) -> None:
        close_all(server)

    assert stopped(model, scenario) == b""


@pytest.mark.parametrize("num_first", [len(HEALTH), 20])
def test_a_request_that_nobody_has_read_is_answered(model: Model, num_first: int) -> None:
    async def scenario(server: _Server, client: socket.socket) -> None:
        # The loop has no turn between the two.
        client.sendall(HEALTH[:num_first])
        close_all(server)
        await asyncio.sleep(0.05)
        close_all(server)
        client.sendall(HEALTH[num_first:])

    raw = stopped(model, scenario)
    assert [(status, content["status"]) for status, content in answers(raw)] == [(503, "stopping")]
    assert b"connection: close" in raw


def test_a_connection_that_nobody_has_taken_on_is_answered(model: Model) -> None:
    async def scenario(server: _Server, client: socket.socket) -> None:
        with socket.create_connection(client.getpeername(), 5) as late:
            late.sendall(HEALTH)
            await server.shutdown()
            ((status, content),) = answers(await asyncio.to_thread(read_all, late))
        assert (status, content["status"]) == (503, "stopping")

    assert stopped(model, scenario) == b""


def test_unread_is_what_has_come_and_an_end() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert not has_unread(one)
        other.sendall(b"x")
        assert has_unread(one)
        one.recv(1)
        assert not has_unread(one)
        other.close()
        assert has_unread(one)
    assert not has_unread(one)
