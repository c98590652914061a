"""Ctrl-C once while several processes do runs: each saves, all end, and it goes on to the same bits."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from small_study import differing_files, leftovers

from forked import Forked
from taskgraft.cli.main import main

_PATIENCE_SECONDS = 10.0
WORDS = [
    *("compare", "--data", "shapes", "--limit", "256", "--recipe", "quick", "--threads", "1"),
    *("--epochs", "8", "--architectures", "independent,shared", "--out"),
]


def run_command(words: list[str]) -> None:
    """Runs the command as a shell does: it is a group of processes, of which a terminal interrupts each."""
    os.setpgrp()
    sys.argv = ["taskgraft", *words]
    main()


class Group:
    """The command and its workers."""

    def __init__(self, *words: str | Path) -> None:
        self.process = Forked(run_command, list(map(str, words)))
        self.lines: list[str] = []

    def wait_for(self, *texts: str) -> None:
        """Reads its lines until each of the texts has stood in one."""
        left = set(texts)
        for line in self.process.stderr:
            self.lines.append(line)
            left = {text for text in left if text not in line}
            if not left:
                return
        raise AssertionError("".join(self.lines))

    def members(self) -> list[int]:
        """The processes of the group that run."""
        members = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, group = path.read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(group) == self.process.pid and state != "Z":
                members.append(int(path.parent.name))
        return members

    def interrupt(self) -> None:
        """What a terminal sends at Ctrl-C, to all of them."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> tuple[int | None, str]:
        """Exit code, and everything said."""
        rest = self.process.end()
        return self.process.returncode, "".join(self.lines) + rest


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study as one process does it when nothing happens."""
    out = tmp_path_factory.mktemp("untouched") / "study"
    assert Group(*WORDS, out, "--jobs", "1").end()[0] == 0
    return out


@pytest.mark.parametrize(
    "moment", [("runs at once: 2 jobs",), ("independent seed 0: epoch 2/", "shared seed 0: epoch 2/")]
)
def test_one_ctrl_c_ends_all_processes_and_the_study_goes_on_to_the_same_bits(
    moment: tuple[str, ...], tmp_path: Path, untouched: Path
) -> None:
    words = [*WORDS, tmp_path / "study", "--jobs", "2"]
    group = Group(*words)
    group.wait_for(*moment)
    if len(moment) == 1:
        # The workers are being started: what they import takes longer.
        started = time.monotonic()
        while len(group.members()) < 3 and time.monotonic() - started < _PATIENCE_SECONDS:
            time.sleep(0.01)
    assert len(group.members()) == 3
    started = time.monotonic()
    group.interrupt()
    code, said = group.end()
    seconds = time.monotonic() - started
    assert code == 130, said
    assert seconds < _PATIENCE_SECONDS
    assert group.members() == []
    assert "Traceback" not in said
    assert "failed" not in said
    assert said.count("What is done is kept; the same command goes on from there: taskgraft compare") == 1

    again = Group(*words)
    code, said = again.end()
    assert code == 0, said
    if len(moment) == 2:
        for name in ("independent", "shared"):
            assert f"{name} seed 0: goes on behind step" in said
    assert differing_files(tmp_path / "study", untouched) == []
    assert leftovers(tmp_path / "study") == []
