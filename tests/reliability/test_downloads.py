"""Downloads from servers that go in circles, send without end, trickle, or lie about where they go on.

What honest and merely unlucky servers do is in `tests/data/test_download.py`.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from forked import Forked
from taskgraft.data.files import _download as download
from taskgraft.data.files._download import fetch
from taskgraft.errors import DataError

BODY = bytes(range(256)) * 2000
HASH = "sha256:" + hashlib.sha256(BODY).hexdigest()
# How a server that is out to harm answers, and what the refusal says; None where the good file comes.
WAYS: dict[str, str | None] = {
    "redirects in a circle": "reachable",
    "redirects to a file": "reachable",
    "redirects to nowhere": "reachable",
    "announces a terabyte": "at most 1,000,000 bytes",
    "sends without end": "at most 1,000,000 bytes",
    "trickles": "bytes in a minute",
    "a byte a connection": "a connection that broke",
    "goes on elsewhere": "sha256",
    "another range": "sha256",
    "length below zero": None,
    "length that is no number": None,
    "no HTTP": "reachable",
    "header of a megabyte": "reachable",
    "a page in place of the file": "sha256",
    "416 at once": "reachable",
}


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        way, asked = self.server.way, self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.server.num_asked += 1
        if way.startswith("redirects"):
            there = {"circle": self.path, "file": "file:///etc/passwd"}.get(
                way.split()[-1], "http://a.invalid/"
            )
            self._answer(302, {"Location": there})
        elif way == "no HTTP":
            self.wfile.write(b"\x00\x01\x02" * 100)
        elif way == "header of a megabyte":
            self._answer(200, {"X": "y" * 1_000_000})
        elif way == "416 at once":
            self._answer(416, {})
        else:
            self._body(way, start)

    def _body(self, way: str, start: int) -> None:
        told = {"announces a terabyte": 10**12, "length below zero": -5, "length that is no number": "many"}
        body = {"a page in place of the file": b"<html>Sign in</html>"}.get(way, BODY[start:])
        length = {} if way == "sends without end" else {"Content-Length": str(told.get(way, len(body)))}
        self._answer(206 if start else 200, length)
        if way == "sends without end":
            while True:
                self.wfile.write(bytes(1 << 16))
        elif way == "trickles":
            for i in range(len(body)):
                self.wfile.write(body[i : i + 1])
                time.sleep(0.01)
        elif way == "a byte a connection":
            self.wfile.write(body[:1])
        elif way == "goes on elsewhere":
            # A first half, and then another middle than was asked for.
            self.wfile.write(body[: len(body) // 2] if not start else bytes(len(body)))
        elif way == "another range":
            self.wfile.write(body[::-1])
        else:
            self.wfile.write(body)

    def _answer(self, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keeps the test output clean."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, way: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.way, self.num_asked = way, 0
        self.url = f"http://127.0.0.1:{self.server_port}/data/archive.bin"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what these tests are about."""


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(getattr(request, "param", "good"))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "_PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(download, "_TIMEOUT_SECONDS", 5.0)
    return tmp_path / "cache"


@pytest.mark.parametrize("server", WAYS, indirect=True)
def test_a_server_out_to_harm(server: Server, cache: Path) -> None:
    refusal, started = WAYS[server.way], time.monotonic()
    if refusal is None:
        assert fetch(server.url, HASH, most_bytes=1_000_000).read_bytes() == BODY
    else:
        with pytest.raises(DataError) as caught:
            fetch(server.url, HASH, most_bytes=1_000_000)
        assert refusal in str(caught.value)
        assert "\n" not in str(caught.value)
        assert not (cache / "archive.bin").exists()
    assert time.monotonic() - started < 30
    # Whatever it did, a good server is believed afterwards.
    server.way = "good"
    assert fetch(server.url, HASH).read_bytes() == BODY
    assert not (cache / "archive.bin.part").exists()


def test_two_processes_with_a_bad_part_end_with_one_good_copy(server: Server, cache: Path) -> None:
    cache.mkdir()
    (cache / "archive.bin.part").write_bytes(b"of another file")
    both = [Forked(fetch, server.url, HASH) for _ in range(2)]
    assert {process.result() for process in both} == {cache / "archive.bin"}
    assert (cache / "archive.bin").read_bytes() == BODY
    assert server.num_asked == 2  # once from the bad part on, once from the start; the other process, never
