"""Ctrl-C or SIGTERM once: saved, stopped, and how to go on; twice: stopped at once, nothing torn."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from small_study import Watching, differing_files, leftovers, small_study

from taskgraft.study.study import Study

OPTIONS = ["--data", "shapes", "--limit", "256", "--recipe", "quick", "--threads", "1", "--epochs", "30"]


class Command:
    """The command in a process of its own, its lines read as they come."""

    def __init__(self, *arguments: str | Path) -> None:
        command = [sys.executable, "-m", "taskgraft", *map(str, arguments)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment
        )
        self.lines: list[str] = []

    def wait_for(self, text: str) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if text in line:
                return
        raise AssertionError("".join(self.lines))

    def end(self) -> tuple[int, str, float]:
        """Exit code, everything said, and seconds until then."""
        started = time.monotonic()
        _, rest = self.process.communicate(timeout=120)
        return self.process.returncode, "".join(self.lines) + rest, time.monotonic() - started


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_one_signal_saves_stops_within_five_seconds_and_says_how_to_go_on(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    verb = ["compare", "--architectures", "shared,independent"] if code == 143 else ["train", "shared"]
    words = [*verb, *OPTIONS, "--out", str(tmp_path / "study")]
    command = Command(*words)
    command.wait_for("epoch 2/")
    command.process.send_signal(number)
    told, text, seconds = command.end()
    assert told == code
    assert seconds < 5
    assert "Traceback" not in text
    assert f"the same command goes on from there: {shlex.join(['taskgraft', *words])}" in text
    run = tmp_path / "study" / "runs" / "shared-seed0"
    kept = {path.name for path in run.iterdir()} - {".lock"}
    assert kept <= {"checkpoint-a.safetensors", "checkpoint-b.safetensors"}
    assert kept
    again = Command(*words)
    again.wait_for("goes on behind step")
    again.wait_for("epoch 4/")
    again.process.send_signal(number)
    assert again.end()[0] == code
    # Its steps are not done again.
    assert not any(": epoch 1/" in line for line in again.lines)


def test_two_signals_stop_at_once_and_nothing_is_torn(tmp_path: Path) -> None:
    out = tmp_path / "study"
    command = Command("compare", *OPTIONS, "--out", out)
    command.wait_for("epoch 1/")
    command.process.send_signal(signal.SIGINT)
    command.process.send_signal(signal.SIGINT)
    told, text, seconds = command.end()
    assert told == 130
    assert seconds < 5
    assert "Traceback" not in text
    assert not [name for name in leftovers(out) if name.endswith(".tmp")]
    assert Study.open(out).damaged == ()


class Interrupted(Watching):
    """What Ctrl-C is to a caller from Python, when the second run begins.

    Raised, not signalled: a signal to the tests' own process crashed it (LOG.md).
    """

    def on_run(self, architecture: str, seed: int) -> object:  # type: ignore[override]
        if self.done:
            raise KeyboardInterrupt
        return super().on_run(architecture, seed)


def test_a_caller_from_python_has_its_keyboard_interrupt(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), threading.active_count()
    stopped = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        small_study(tmp_path / "study", observer=stopped)
    assert (signal.getsignal(signal.SIGINT), threading.active_count()) == before
    again = Watching()
    small_study(tmp_path / "study", observer=again)
    assert (len(stopped.done), len(again.done)) == (1, 1)
    small_study(tmp_path / "untouched")
    assert differing_files(tmp_path / "study", tmp_path / "untouched") == []
