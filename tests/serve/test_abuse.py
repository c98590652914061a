"""A hundred abusive requests: each gets a line of JSON or a closed connection, and the server lives."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from abuse import CASES
from running import Running, answers, closing, read_all, request_of, resident_bytes

from taskgraft.inference import Model


def pid_of(server: Running) -> int:
    pid = server.process._process.pid
    assert pid is not None
    return pid


def fault_of(name: str, got: list[tuple[int, Any]]) -> str | None:
    """What is wrong with the answers to a case."""
    _, allowed = CASES[name]
    statuses = {status for status, _ in got} or {0}
    if not statuses <= allowed | {100}:
        return f"{name}: {got}"
    for status, content in got:
        if status >= 400 and not (isinstance(content, dict) and set(content) == {"error"}):
            return f"{name}: no line of JSON: {got}"
        if status >= 400 and (len(content["error"]) > 2500 or not content["error"].startswith("Expected ")):
            return f"{name}: another line: {got}"
    return None


def test_there_are_a_hundred_cases() -> None:
    assert len(CASES) >= 100


def test_each_is_refused_in_a_line_and_the_server_lives(
    server: Running, files: list[bytes], model: Model
) -> None:
    server.ask(request_of(files[0]))
    before = resident_bytes(pid_of(server))
    started = time.monotonic()

    def one(name: str) -> str | None:
        raw = server.exchange(CASES[name][0], seconds=4.0)
        return fault_of(name, answers(raw))

    with ThreadPoolExecutor(16) as threads:
        faults = [fault for fault in threads.map(one, CASES) if fault]
    assert faults == []
    # The slowest wait for their time limit, side by side.
    assert time.monotonic() - started < 40
    status, answer = server.ask(request_of(files[0]))
    assert status == 200
    path = [node["class"] for node in answer["predictions"][0]["path"]]
    assert path == [node.name for node in model.predict(files[0])[0].path]
    assert resident_bytes(pid_of(server)) - before < 100_000_000
    # Nothing of it is a fault of the server's.
    assert server.lines == []


def test_a_slow_body_and_slow_headers_get_408(server: Running) -> None:
    body = (
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 9\r\n\r\nx"
    )
    for raw in (body, b"GET /health HTTP/1.1\r\nHost: loc"):
        started = time.monotonic()
        ((status, content),) = answers(server.exchange(raw))
        assert 0.5 < time.monotonic() - started < 5
        assert status == 408
        assert "complete within 1 seconds" in content["error"]


def test_an_idle_connection_is_closed_without_a_word(server: Running) -> None:
    with server.connected() as connection:
        assert connection.recv(1) == b""


def test_a_body_that_nobody_wants_does_not_go_on_for_ever(server: Running) -> None:
    with server.connected() as connection:
        connection.sendall(
            b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
        )
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 404")
        started = time.monotonic()
        with pytest.raises(OSError, match=r"reset|pipe"):
            send_for_ever(connection)
        assert time.monotonic() - started < 8


def send_for_ever(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")


def test_a_large_body_is_answered_with_413_though_all_of_it_is_sent(server: Running) -> None:
    status, content = server.ask(request_of(bytes(300_000)))
    assert status == 413
    assert content == {
        "error": "Expected the body to be at most 200,000 bytes, but got 300,000. Send fewer or smaller "
        "pictures."
    }


def test_more_connections_than_the_limit_get_503(server: Running) -> None:
    connections = [server.connected() for _ in range(24)]
    try:
        time.sleep(0.2)
        with server.connected() as one_more:
            got = answers(read_all(one_more))
            assert [status for status, _ in got] == [503]
            assert got[0][1]["error"].startswith("Expected the connections to be at most 24")
    finally:
        for connection in connections:
            connection.close()
    deadline = time.monotonic() + 5
    while not (
        got := answers(server.exchange(closing(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")))
    ) or (got[0][0] != 200):
        assert time.monotonic() < deadline
    assert got[0][1]["status"] == "ok"


def test_a_client_that_never_reads_is_left(server: Running) -> None:
    with server.connected() as connection:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 500)
        status, _ = server.ask(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status == 200


def test_pipelined_requests_are_answered_in_order(server: Running, files: list[bytes]) -> None:
    health = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    got = answers(server.exchange(request_of(files[0]) + health + closing(request_of(files[1]))))
    assert [status for status, _ in got] == [200, 200, 200]
    assert [sorted(content)[0] for _, content in got] == ["bad", "models", "bad"]
