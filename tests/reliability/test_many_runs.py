"""A study of many runs takes no more memory at its end than at its beginning, and is told in seconds."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from small_study import NAMES, Watching, num_open_files, small_study

from taskgraft.report import write_report
from taskgraft.study import Study

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Measuring(Watching):
    """Measures this process after every run."""

    def __init__(self) -> None:
        super().__init__()
        self.resident_bytes: list[int] = []
        self.open_files: list[int] = []
        self.threads: list[int] = []
        self.seconds: list[float] = []

    def on_run_end(self, record: Any) -> None:
        super().on_run_end(record)
        self.resident_bytes.append(int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE)
        self.open_files.append(num_open_files())
        self.threads.append(threading.active_count() + len(os.listdir("/proc/self/task")))
        self.seconds.append(time.process_time())


def run_many(out: Path, num_seeds: int) -> Measuring:
    measuring = Measuring()
    study = small_study(out, seeds=num_seeds, listener=measuring)
    assert len(study.runs) == len(measuring.done) == len(NAMES) * num_seeds
    return measuring


def test_runs_leave_no_open_files_and_no_threads_behind(tmp_path: Path) -> None:
    measuring = run_many(tmp_path / "study", 4)
    assert len(set(measuring.open_files[1:])) == 1
    assert len(set(measuring.threads[1:])) == 1


@pytest.mark.torture
def test_200_runs_are_as_cheap_at_the_end_and_told_in_seconds(tmp_path: Path) -> None:
    measuring = run_many(tmp_path / "study", 100)
    first, last = fmean(measuring.resident_bytes[10:20]), fmean(measuring.resident_bytes[-10:])
    steps = [b - a for a, b in zip(measuring.seconds, measuring.seconds[1:], strict=False)]
    started = time.process_time()
    study = Study.open(tmp_path / "study")
    opened = time.process_time()
    write_report(study)
    told = time.process_time()
    print(
        f"torture: many runs: {len(measuring.done)} runs, memory {first / 1e6:.1f} MB after warm-up, "
        f"{last / 1e6:.1f} MB at the end ({100 * (last / first - 1):+.1f} %); CPU seconds a run "
        f"{fmean(steps[10:30]):.2f} early, {fmean(steps[-20:]):.2f} late; verified in "
        f"{opened - started:.2f} s, reported in {told - opened:.1f} s"
    )
    assert abs(last / first - 1) < 0.05
    assert len(set(measuring.open_files[10:])) == 1
    assert len(set(measuring.threads[10:])) == 1
    assert opened - started < 5
    assert told - opened < 60
