from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from taskgraft.processes import began_seconds, is_running, start_of


def test_a_process_that_has_ended_does_not_run() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not is_running(process.pid)
    assert is_running(os.getpid())
    assert not is_running(2**40)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a zombie from a process")
def test_a_zombie_does_not_run() -> None:
    process = subprocess.Popen(["true"])
    try:
        for _ in range(500):
            if not is_running(process.pid):
                break
            time.sleep(0.01)
        assert not is_running(process.pid)
    finally:
        process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says when a process began")
def test_a_start_tells_processes_of_one_number_apart() -> None:
    began = began_seconds(os.getpid())
    assert began is not None
    assert abs(began - time.time()) < 24 * 3600
    assert start_of(os.getpid()) == start_of(os.getpid())
    assert start_of(2**30) is None
    assert began_seconds(2**30) is None
