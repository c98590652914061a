from __future__ import annotations

import hashlib
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pooch
import pytest

from forked import Forked
from taskgraft.data.files import _download as download
from taskgraft.data.files._download import fetch
from taskgraft.errors import DataError, RequestError
from taskgraft.locks import locked

# Larger than a chunk, so that a break can fall between two of them.
BODY = os.urandom(600_000)
MD5 = "md5:" + hashlib.md5(BODY).hexdigest()
HALF = len(BODY) // 2


class Handler(BaseHTTPRequestHandler):
    """Serves BODY, each request in the way that stands next in the server's `ways`."""

    server: Server

    def do_GET(self) -> None:
        requested = self.headers.get("Range")
        self.server.ranges.append(requested)
        way = self.server.ways.pop(0) if self.server.ways else "good"
        start = (
            0 if requested is None or way == "no range" else int(requested.removeprefix("bytes=").rstrip("-"))
        )
        body = BODY[start:]
        if way == "missing":
            return self.send_error(404)
        if start and not body:
            return self.send_error(416)
        if way == "wrong bytes":
            body = bytes(len(body))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(BODY) - 1}/{len(BODY)}")
        if way != "no length":
            lie = {"claims more": 100, "claims less": -100}.get(way, 0)
            self.send_header("Content-Length", str(len(body) + lie))
        self.end_headers()
        kept = {"cut": len(body) // 2, "nothing": 0}.get(way, len(body))
        self.wfile.write(body[: kept // 2])
        time.sleep(self.server.stall_seconds if way == "stall" else 0)
        self.wfile.write(body[kept // 2 : kept])
        return None

    def log_message(self, *_: object) -> None:
        """Keeps the test output clean."""


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ways: list[str] = []
        self.ranges: list[str | None] = []
        self.stall_seconds = 0.2
        self.url = f"http://127.0.0.1:{self.server_port}/data/archive.bin"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up early is part of some tests."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    # A short poll lets the test end at once.
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
    return tmp_path / "cache"


def files(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.suffix != ".lock")


def test_a_file_is_downloaded_once(server: Server, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = fetch(server.url, MD5)
    assert path == cache / "archive.bin"
    assert path.read_bytes() == BODY
    assert fetch(server.url, MD5) == path
    assert server.ranges == [None]
    assert files(cache) == ["archive.bin"]
    assert capsys.readouterr() == ("", "")


def test_any_hash_and_a_folder_of_its_own(server: Server, cache: Path) -> None:
    path = fetch(server.url, "sha256:" + hashlib.sha256(BODY).hexdigest(), subdir="mnist")
    assert path == cache / "mnist" / "archive.bin"


def test_a_cut_is_mended_within_the_call(server: Server, cache: Path) -> None:
    server.ways = ["cut", "cut"]
    assert fetch(server.url, MD5).read_bytes() == BODY
    assert server.ranges == [None, f"bytes={HALF}-", f"bytes={HALF + HALF // 2}-"]


def test_a_cut_is_mended_by_a_later_call(server: Server, cache: Path) -> None:
    server.ways = ["cut", "missing"]
    with pytest.raises(DataError, match=r"reachable, but got 'HTTP status 404'\. Run again to resume"):
        fetch(server.url, MD5)
    assert files(cache) == ["archive.bin.part"]
    assert (cache / "archive.bin.part").read_bytes() == BODY[:HALF]
    assert fetch(server.url, MD5).read_bytes() == BODY
    assert server.ranges[-1] == f"bytes={HALF}-"
    assert files(cache) == ["archive.bin"]


def test_a_server_that_cannot_resume_starts_again(server: Server, cache: Path) -> None:
    server.ways = ["cut", "no range"]
    assert fetch(server.url, MD5).read_bytes() == BODY
    assert len(server.ranges) == 2


@pytest.mark.parametrize(
    "part", [b"of another file", bytes(len(BODY)), bytes(len(BODY) + 1)], ids=["shorter", "equal", "longer"]
)
def test_a_stale_part_is_dropped(server: Server, cache: Path, part: bytes) -> None:
    cache.mkdir()
    (cache / "archive.bin.part").write_bytes(part)
    assert fetch(server.url, MD5).read_bytes() == BODY
    assert server.ranges == [f"bytes={len(part)}-", None]
    assert files(cache) == ["archive.bin"]


def test_a_part_that_was_whole_gets_its_name(server: Server, cache: Path) -> None:
    cache.mkdir()
    (cache / "archive.bin.part").write_bytes(BODY)
    assert fetch(server.url, MD5).read_bytes() == BODY
    assert server.ranges == [f"bytes={len(BODY)}-"]


def test_a_damaged_file_in_the_cache_is_replaced(server: Server, cache: Path) -> None:
    cache.mkdir()
    (cache / "archive.bin").write_bytes(b"damaged")
    assert fetch(server.url, MD5).read_bytes() == BODY


@pytest.mark.parametrize("way", ["stall", "no length", "claims more"])
def test_odd_servers_are_borne_with(server: Server, cache: Path, way: str) -> None:
    server.ways = [way]
    assert fetch(server.url, MD5).read_bytes() == BODY


@pytest.mark.parametrize("way", ["wrong bytes", "claims less"])
def test_wrong_bytes_never_get_the_name(server: Server, cache: Path, way: str) -> None:
    server.ways = [way]
    with pytest.raises(DataError) as caught:
        fetch(server.url, MD5)
    message = str(caught.value)
    assert message.startswith(f"Expected md5 of {server.url} to be {MD5.removeprefix('md5:')}, but got '")
    assert message.endswith("or get archive.bin from there by hand and pass data_dir the folder it is in.")
    assert files(cache) == []


def test_a_connection_that_brings_nothing_is_given_up(server: Server, cache: Path) -> None:
    server.ways = ["cut", "nothing"]
    with pytest.raises(DataError, match=f"but got 'a connection that broke after {HALF} bytes'"):
        fetch(server.url, MD5)
    assert files(cache) == ["archive.bin.part"]


def test_no_network_is_one_clear_line(server: Server, cache: Path) -> None:
    # A port that was just given back: nothing listens there.
    closed = Server()
    closed.server_close()
    with pytest.raises(DataError) as caught:
        fetch(closed.url, MD5)
    message = str(caught.value)
    assert message.startswith(f"Expected {closed.url} to be reachable, but got '")
    assert "Connection refused" in message
    assert "data_dir" in message
    assert "\n" not in message
    assert caught.value.exit_code == 1
    assert files(cache) == []


def test_a_name_that_cannot_be_resolved_is_no_network_too(cache: Path) -> None:
    with pytest.raises(DataError, match=r"http://nowhere\.invalid/archive\.bin to be reachable"):
        fetch("http://nowhere.invalid/archive.bin", MD5)


def test_a_cache_that_cannot_be_written_is_named(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(DataError, match=r"Expected the cache .*file/cache to be readable and writable"):
        fetch(server.url, MD5)
    assert server.ranges == []


def test_two_processes_end_with_one_good_copy(server: Server, cache: Path) -> None:
    server.ways, server.stall_seconds = ["stall"], 1.0
    both = [Forked(fetch, server.url, MD5) for _ in range(2)]
    assert {process.result() for process in both} == {cache / "archive.bin"}
    assert (cache / "archive.bin").read_bytes() == BODY
    assert server.ranges == [None]
    assert files(cache) == ["archive.bin"]


def test_who_must_wait_is_told_why(server: Server, cache: Path) -> None:
    cache.mkdir()
    with locked(cache / "archive.bin.lock"):
        process = Forked(fetch, server.url, MD5)
        shown = process.stderr.readline()
    assert shown == "Waiting for another process that is downloading archive.bin.\n"
    assert process.result() == cache / "archive.bin"


def test_a_killed_process_leaves_a_part_and_no_lock(server: Server, cache: Path) -> None:
    server.ways, server.stall_seconds = ["stall"], 30.0
    part = cache / "archive.bin.part"
    process = Forked(fetch, server.url, MD5)
    while not (part.exists() and part.stat().st_size):
        assert process.returncode is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.end()
    num_bytes = part.stat().st_size
    assert fetch(server.url, MD5).read_bytes() == BODY
    assert server.ranges == [None, f"bytes={num_bytes}-"]


def test_a_terminal_is_shown_a_bar(server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    fetch(server.url, MD5)
    assert "Downloading archive.bin" in sys.stderr.getvalue()


def test_the_cache_is_the_systems_unless_one_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKGRAFT_CACHE", "~/mine")
    assert download.cache_dir() == Path.home() / "mine"
    monkeypatch.delenv("TASKGRAFT_CACHE")
    assert download.cache_dir() == Path(pooch.os_cache("taskgraft"))


def test_a_cache_in_a_home_directory_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKGRAFT_CACHE", "~nosuchuser/x")
    with pytest.raises(RequestError, match=r"TASKGRAFT_CACHE to be a folder of a user with a home directory"):
        download.cache_dir()
    monkeypatch.delenv("TASKGRAFT_CACHE")
    monkeypatch.setattr(pooch, "os_cache", lambda _: "~nosuchuser/x")
    with pytest.raises(RequestError, match="the folder for caches to be in a home directory"):
        download.cache_dir()
