"""A process that ends with its parent, also while what it runs is still being imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import needs
from taskgraft.execution.engines._process import Process
from taskgraft.processes import is_running

_PATIENCE_SECONDS = 10.0

# It says that its import has begun, and takes longer for it than any test.
SLOW = """
import signal, sys, time
print("importing", signal.getsignal(signal.SIGINT) is signal.SIG_IGN, *sys.argv[1:], flush=True)
time.sleep(120)
"""
# Starts it as a worker is started, says its number, and waits.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "taskgraft.child", str(os.getpid()), "slow", "7", "8"])
print(child.pid, flush=True)
time.sleep(120)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "slow.py").write_text(SLOW)
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    return {**os.environ, "PYTHONPATH": path}


@pytest.fixture
def parent(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], env=environment, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()


def ends(process: int) -> bool:
    """Whether a process ends within the patience of this test."""
    started = time.monotonic()
    while is_running(process) and time.monotonic() - started < _PATIENCE_SECONDS:
        time.sleep(0.01)
    return not is_running(process)


def test_it_ends_with_its_parent_while_it_imports(parent: subprocess.Popen[str]) -> None:
    needs.require(sys.platform == "linux", "Linux, which says when a parent ends")
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert parent.stdout.readline() == "importing True 7 8\n"
    # What a terminal sends to every process at Ctrl-C is not for it.
    os.kill(child, signal.SIGINT)
    time.sleep(0.1)
    assert is_running(child)
    parent.kill()
    assert ends(child)


def test_it_imports_nothing_for_a_parent_that_has_ended(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "taskgraft.child", str(os.getppid()), "slow"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")


def test_nothing_heavy_is_imported_before_it_listens(environment: dict[str, str]) -> None:
    code = "import sys, taskgraft.child; print(*sorted(set(sys.modules) & {'torch', 'numpy', 'pydantic'}))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"


def test_workers_are_started_so() -> None:
    process = Process(1)
    try:
        words = process._process.args
        assert isinstance(words, list)
        assert words[3:6] == ["taskgraft.child", str(os.getpid()), "taskgraft.execution.engines._worker"]
    finally:
        process.close()
