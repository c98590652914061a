"""`taskgraft serve` in a process of its own, and raw connections to it."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

from forked import Forked
from taskgraft.cli.main import main

_PATIENCE_SECONDS = 60


def run_command(words: list[str]) -> None:
    """Runs the command as if it were the program's own."""
    import torch

    torch.set_num_threads(1)
    sys.argv = ["taskgraft", *words]
    main()


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Running:
    """The command, serving; its lines on standard error are read as they come.

    Args:
        words: Behind `taskgraft serve`.
    """

    def __init__(self, words: list[str]) -> None:
        self.port = free_port()
        self.process = Forked(run_command, ["serve", *words, "--port", str(self.port)])
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self.process.returncode is None, self.lines
            try:
                self.connected().close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        raise AssertionError(self.lines)

    def __exit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)

    def connected(self, seconds: float = 10.0) -> socket.socket:
        """A connection."""
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    def exchange(self, raw: bytes, seconds: float = 10.0) -> bytes:
        """Sends bytes, and reads until the server closes or has said nothing for a while."""
        with self.connected(seconds) as connection:
            # Where it has closed already, what it said may still be read.
            with contextlib.suppress(OSError):
                connection.sendall(raw)
            return read_all(connection)

    def ask(self, request: bytes) -> tuple[int, Any]:
        """Sends one request and takes its answer."""
        return answers(self.exchange(closing(request)))[0]

    def stop(self, number: int = signal.SIGTERM) -> int | None:
        """Sends a signal and waits for the end; the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return self.end()

    def end(self) -> int | None:
        """Waits for the end; the exit code."""
        self._reader.join(_PATIENCE_SECONDS)
        self.process._process.join(_PATIENCE_SECONDS)
        return self.process.returncode

    def wait_for(self, words: str) -> None:
        """Waits until a line on standard error holds some words."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not any(words in line for line in self.lines):
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.02)

    def _read(self) -> None:
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))


def resident_bytes(pid: int) -> int:
    """Memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other end closes."""
    pieces = []
    try:
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    except (TimeoutError, ConnectionResetError):
        pass
    return b"".join(pieces)


def read_answer(connection: socket.socket) -> bytes:
    """One answer, complete; the connection stays open."""
    got = b""
    while True:
        head, _, body = got.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if length is not None and len(body) >= int(length[1]):
            return got
        piece = connection.recv(1 << 16)
        assert piece, got
        got += piece


def request_of(body: bytes, kind: str = "image/png", path: str = "/predict") -> bytes:
    """A request with a body."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def closing(request: bytes) -> bytes:
    """A request after which the connection ends."""
    return request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)


def answers(raw: bytes) -> list[tuple[int, Any]]:
    """The answers in what came, each its status and its JSON (or text, or nothing)."""
    found = []
    while raw:
        head, _, rest = raw.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines[1:])
        length = int(headers.get(b"content-length", 0))
        body, raw = rest[:length], rest[length:]
        is_json = headers.get(b"content-type", b"").startswith(b"application/json")
        found.append((int(lines[0].split()[1]), json.loads(body) if is_json and body else body))
    return found
