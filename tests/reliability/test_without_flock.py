"""A study on a disk without `flock`: shared all the same, and no lock that was left behind is waited for."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from pathlib import Path

import pytest
from small_study import NAMES, Watching, small_study

from taskgraft import locks
from taskgraft.lock_holder import Holder


@pytest.fixture(autouse=True)
def without_flock(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", missing)
    monkeypatch.setattr(locks, "_announced", set())


def test_empty_locks_from_elsewhere_hold_nothing_up(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    small_study(out, NAMES[:1])
    run = out / "runs" / f"{NAMES[1]}-seed0"
    run.mkdir()
    for directory in (out, run):
        (directory / ".lock").touch()
        os.utime(directory / ".lock", (0, time.time() - 60))
    assert small_study(out).missing == ()
    assert capfd.readouterr().err.count("has no locks") == 1
    assert list(out.rglob(".lock")) == []


def test_a_run_of_another_machine_is_waited_for_by_name(tmp_path: Path) -> None:
    out, watching = tmp_path / "study", Watching()
    small_study(out, NAMES[:1])
    run = out / "runs" / f"{NAMES[1]}-seed0"
    run.mkdir()
    (run / ".lock").write_text(Holder(4711, "node7", None).record)
    threading.Timer(1.0, (run / ".lock").unlink).start()
    small_study(out, listener=watching)
    assert watching.done == [(NAMES[1], 0)]
    assert any(f"{run.name} (held by process 4711 on node7; if" in note for note in watching.notes)
