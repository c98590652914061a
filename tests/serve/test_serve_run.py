"""The command from its start to its end: what has come is answered, and a new model drops nothing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from running import Running, answers, closing, read_all, read_answer, request_of

from taskgraft.inference import Model, write_model

HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def place(model_file: Path, tmp_path: Path) -> Path:
    """A copy of the model's file that may be replaced."""
    copy = tmp_path / "colours.safetensors"
    shutil.copyfile(model_file, copy)
    return copy


@pytest.fixture
def running(place: Path) -> Iterator[Running]:
    with Running([str(place), "--answer-seconds", "1"]) as server:
        yield server
        server.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_when_what_has_come_is_answered(
    running: Running, files: list[bytes], number: int
) -> None:
    request = request_of(files[0])
    with running.connected() as slow, running.connected() as idle:
        idle.sendall(HEALTH)
        assert read_answer(idle).startswith(b"HTTP/1.1 200")
        slow.sendall(request[:-100])
        time.sleep(0.2)
        running.process.send_signal(number)
        running.wait_for("stopping when what has come is answered")
        # A request on a connection that was open is answered, too; then the connection ends.
        idle.sendall(request)
        ((status, _),) = answers(read_all(idle))
        assert status == 200
        slow.sendall(request[-100:])
        raw = read_all(slow)
        ((status, answer),) = answers(raw)
        assert status == 200
        assert len(answer["predictions"]) == 1
        assert b"connection: close" in raw
    assert running.end() == 0
    with pytest.raises(OSError, match="refused"):
        running.connected()


def test_health_says_that_it_stops(running: Running) -> None:
    with running.connected() as kept:
        kept.sendall(HEALTH)
        assert read_answer(kept).startswith(b"HTTP/1.1 200")
        running.process.send_signal(signal.SIGTERM)
        running.wait_for("stopping")
        kept.sendall(HEALTH)
        ((status, content),) = answers(read_all(kept))
        assert (status, content["status"]) == (503, "stopping")
    assert running.end() == 0


def test_a_second_signal_ends_it_at_once(running: Running, files: list[bytes]) -> None:
    with running.connected() as slow:
        slow.sendall(request_of(files[0])[:-100])
        time.sleep(0.2)
        running.process.send_signal(signal.SIGTERM)
        running.wait_for("again stops at once")
        running.process.send_signal(signal.SIGTERM)
        assert running.end() == 128 + signal.SIGTERM
    assert running.lines[-1] == "taskgraft: stopped."


class Asking:
    """Clients that ask all the time, and note what they get."""

    def __init__(self, server: Running, files: list[bytes], num_clients: int = 4) -> None:
        self.statuses: list[int] = []
        self.variants: list[str] = []
        self._server, self._files = server, files
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(num_clients)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        number = 0
        while not self._is_over.is_set():
            status, answer = self._server.ask(request_of(self._files[number % len(self._files)]))
            self.statuses.append(status)
            self.variants.append(answer["model"]["variant"] if status == 200 else "")
            number += 1

    def end(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(20)


def test_a_new_model_is_taken_over_without_a_dropped_request(
    running: Running, place: Path, files: list[bytes], other_model: Model
) -> None:
    asking = Asking(running, files)
    write_model(place, other_model.network, other_model.description)
    running.wait_for("colours: took over independent")
    time.sleep(0.3)
    asking.end()
    assert set(asking.statuses) == {200}
    assert set(asking.variants) == {"shared-coarse-to-fine", "independent"}
    assert asking.variants[-1] == "independent"


def test_a_damaged_new_file_leaves_the_old_model_serving(
    running: Running, place: Path, files: list[bytes], model_file: Path
) -> None:
    place.write_bytes(b"\x1b[31mno model\n" * 10)
    running.wait_for("colours: keeps the model that it has. Expected")
    status, health = running.ask(HEALTH)
    assert status == 200
    assert health["models"][0]["problem"].startswith(f"Expected {place} to be a trained model")
    assert running.ask(request_of(files[0]))[0] == 200
    shutil.copyfile(model_file, place)
    running.wait_for("took over shared-coarse-to-fine")
    assert running.ask(HEALTH)[1]["models"][0]["problem"] is None


def test_a_hangup_reads_the_model_again(running: Running) -> None:
    before = running.ask(HEALTH)[1]["models"][0]["loaded"]
    time.sleep(1.1)
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("colours: took over shared-coarse-to-fine")
    assert running.ask(HEALTH)[1]["models"][0]["loaded"] > before


def test_a_client_that_never_reads_loses_its_connection(running: Running) -> None:
    with running.connected() as connection:
        connection.settimeout(0.5)
        started = time.monotonic()
        # It waits no longer than an answer may take, and the sweep that sees it.
        with pytest.raises(OSError, match=r"reset|pipe"):
            ask_for_ever(connection)
        assert time.monotonic() - started < 10
    assert running.ask(HEALTH)[0] == 200


def ask_for_ever(connection: socket.socket) -> None:
    openapi = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    while True:
        with suppress(TimeoutError):
            connection.send(openapi * 100)


def test_what_one_client_holds_others_cannot(place: Path, files: list[bytes]) -> None:
    words = ["--held-bytes", "1000000", "--body-bytes", "900000"]
    with Running([str(place), *words]) as server:
        head = request_of(bytes(800_000))[:-800_000]
        with server.connected() as first, server.connected() as second:
            first.sendall(head + bytes(700_000))
            time.sleep(0.3)
            second.sendall(head + bytes(700_000))
            got = read_answer(second)
            assert got.startswith(b"HTTP/1.1 503")
            assert b"retry-after: 1" in got
            assert b"Expected what waits to be at most 1,000,000 bytes" in got
        time.sleep(0.3)
        assert server.ask(request_of(files[0]))[0] == 200
        assert server.stop() == 0


def test_a_full_queue_is_503_and_a_late_answer_504(place: Path, files: list[bytes]) -> None:
    words = ["--queue-size", "4", "--num-pictures", "4", "--batch-size", "1", "--answer-seconds", "0.001"]
    with Running([str(place), *words]) as server:
        form = b"".join(
            b'--x\r\nContent-Disposition: form-data; name="p"; filename="a"\r\n\r\n' + file + b"\r\n"
            for file in files[:4]
        )
        request = request_of(form + b"--x--\r\n", "multipart/form-data; boundary=x")
        statuses: list[int] = []

        def ask() -> None:
            for _ in range(30):
                status, content = server.ask(request)
                statuses.append(status)
                assert content["error"].startswith("Expected ")

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) == {503, 504}
        assert server.stop() == 0


def test_the_token_comes_from_a_file_or_the_environment(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("a-token-of-many-signs\n")
    allowed = closing(
        b"GET /taxonomy HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a-token-of-many-signs\r\n\r\n"
    )
    with Running([str(place), "--token-file", str(tmp_path / "token")]) as server:
        assert server.ask(b"GET /taxonomy HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 401
        assert answers(server.exchange(allowed))[0][0] == 200
        assert server.stop() == 0
    monkeypatch.setenv("TASKGRAFT_TOKEN", "a-token-of-many-signs")
    with Running([str(place)]) as server:
        assert server.ask(HEALTH)[1] == {"status": "ok"}
        assert answers(server.exchange(allowed))[0][0] == 200
        assert server.stop() == 0


def test_nothing_is_left_behind(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    with Running([str(place)]) as server:
        assert server.ask(HEALTH)[0] == 200
        assert server.stop() == 0
    assert os.listdir(scratch) == []
