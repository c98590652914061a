"""How much of the processors others use."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from taskgraft.hardware import OtherLoad, _load

TWO = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 {busy} 0 0 100 0 0 0 0 0 0\ncpu1 0 0 0 100 50 0 0 0 0 0\nintr 1\n"


def test_busy_time_of_the_usable_processors_less_that_of_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "stat"
    file.write_text(TWO.format(busy=0))
    monkeypatch.setattr(_load, "_STATISTICS", file)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr("os.sysconf", lambda _: 100)
    clock = iter([0.0, 2.0])
    computed = iter([0.0, 1.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(time, "process_time", lambda: next(computed))
    load = OtherLoad.begin()
    # Four seconds of processors in two of a clock, one of them this process's: 1.5 others.
    file.write_text(TWO.format(busy=400))
    assert load.num_cores() == pytest.approx(1.5)


@pytest.mark.parametrize("content", ["", "cpu0 x\n", "cpu9 1 2 3 4 5 6 7 8\n"])
def test_a_system_that_does_not_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    file = tmp_path / "stat"
    file.write_text(content)
    monkeypatch.setattr(_load, "_STATISTICS", file)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0}, raising=False)
    assert OtherLoad.begin().num_cores() is None
    monkeypatch.setattr(_load, "_STATISTICS", tmp_path / "none")
    assert OtherLoad.begin().num_cores() is None
