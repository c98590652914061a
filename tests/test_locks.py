import errno
import fcntl
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taskgraft import locks
from taskgraft.lock_holder import Holder
from taskgraft.locks import Lock, held_by, locked

DEAD = 2**31 - 1


@pytest.fixture(params=["flock", "no flock"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A lock's file, on a disk that has locks and on one that has none."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "no flock":
            forget_flock(patch)
        yield tmp_path / ".lock"


@pytest.fixture
def without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    forget_flock(monkeypatch)
    return tmp_path / ".lock"


def forget_flock(patch: pytest.MonkeyPatch, number: int = errno.ENOSYS) -> None:
    def missing(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    patch.setattr(fcntl, "flock", missing)
    patch.setattr(locks, "_announced", set())


def can_be_had(path: Path) -> bool:
    lock = Lock(path)
    is_taken = lock.try_acquire()
    lock.release()
    return is_taken


def test_one_holds_it_at_a_time(path: Path) -> None:
    with locked(path):
        assert not can_be_had(path)
    assert can_be_had(path)


def test_of_many_threads_one_at_a_time_is_in(path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(20):
            lock = Lock(path)
            while not lock.try_acquire():
                time.sleep(0.0005)
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.0002)
            inside.pop()
            lock.release()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (120, 1)


def hold_and_die(path: Path, is_without: bool) -> None:
    if is_without:
        forget_flock(pytest.MonkeyPatch())
    assert Lock(path).try_acquire()
    os._exit(9)


@pytest.mark.parametrize("is_without", [False, True])
def test_the_lock_of_a_process_that_died_is_taken_over(
    is_without: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".lock"
    child: Any = multiprocessing.get_context("fork").Process(target=hold_and_die, args=(path, is_without))
    child.start()
    child.join()
    if is_without:
        forget_flock(monkeypatch)
    assert can_be_had(path)
    assert [one.name for one in tmp_path.iterdir()] == ([] if is_without else [".lock"])


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_said_once_with_machine_and_file(
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    recwarn: pytest.WarningsRecorder,
) -> None:
    forget_flock(monkeypatch, number)
    (tmp_path / "runs" / "a").mkdir(parents=True)
    for directory in (tmp_path, tmp_path / "runs" / "a", tmp_path):
        with locked(directory / ".lock"):
            pass
    disk = f"{socket.gethostname()}: the disk of {tmp_path / '.lock'}"
    out = capfd.readouterr()
    assert out.err.startswith(f"{disk} has no locks (flock: {os.strerror(number)})")
    assert (out.err.count("\n"), out.out, len(recwarn)) == (1, "", 0)


def test_an_empty_file_from_elsewhere_holds_nobody_up(without: Path) -> None:
    without.touch()
    assert not can_be_had(without), "somebody may be about to write into it"
    os.utime(without, (0, time.time() - 3))
    assert can_be_had(without)
    assert list(without.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("record", "is_had"),
    [
        (Holder(DEAD, socket.gethostname(), None), True),
        (Holder(os.getpid(), socket.gethostname(), 1), True),
        (Holder.this_process(), False),
        (Holder(os.getppid(), socket.gethostname(), None), False),
        (Holder(DEAD, "node7", None), False),
    ],
)
def test_what_is_provably_dead_alone_is_taken_over(record: Holder, is_had: bool, without: Path) -> None:
    without.write_text(record.record)
    assert can_be_had(without) is is_had
    assert without.exists() is not is_had


def test_something_else_in_the_file_is_left_alone(without: Path) -> None:
    without.write_bytes(bytes(40))
    os.utime(without, (0, 0))
    assert not can_be_had(without)
    assert held_by(without).endswith("which it does not name; if no process uses it, remove the file")


def test_a_lock_that_replaces_an_abandoned_one_is_put_back(
    without: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without.write_text(Holder(DEAD, socket.gethostname(), None).record)
    rename, live = os.rename, Holder(DEAD, "node7", None).record

    def replaced_before(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "rename", rename)
        without.unlink()
        without.write_text(live)
        rename(source, target)

    monkeypatch.setattr(os, "rename", replaced_before)
    assert not can_be_had(without)
    assert without.read_text() == live
    assert [one.name for one in without.parent.iterdir()] == [".lock"]


def test_a_long_wait_says_once_what_it_is_for(
    without: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    without.write_text(Holder(4711, "node7", None).record)
    monkeypatch.setattr(locks, "_PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(locks, "_LOOK_AGAIN_SECONDS", 0.01)
    threading.Timer(0.3, without.unlink).start()
    with locked(without):
        pass
    shown = capfd.readouterr().err.splitlines()[1:]
    assert shown == [
        f"Waiting for {without}, held by process 4711 on node7; if that process is gone, remove the file."
    ]


def test_a_long_wait_for_the_lock_of_the_system_is_said_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path, other = tmp_path / ".lock", Lock(tmp_path / ".lock")
    monkeypatch.setattr(locks, "_PATIENCE_SECONDS", 0.05)
    assert other.try_acquire()
    threading.Timer(0.3, other.release).start()
    with locked(path):
        pass
    assert capfd.readouterr().err == f"Waiting for {path}, held by another process.\n"


def test_a_record_that_cannot_be_written_leaves_no_lock(
    without: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        Lock(without).try_acquire()
    assert not without.exists()


def test_a_directory_that_is_gone_is_no_lock_to_wait_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Lock(tmp_path / "gone" / ".lock").acquire()
