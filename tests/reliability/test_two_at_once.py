"""Processes on one study share its runs: each run once, one record, no torn row, no waiting for the dead."""

from __future__ import annotations

import csv
import os
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from small_study import NAMES, Watching, differing_files, leftovers, small_study, temporary_files

from forked import PROCESSES
from taskgraft.study import Study
from taskgraft.verdict import conclude

SIGKILL = -9


class Logging(Watching):
    """Writes a line for each run it did, and begins together with others."""

    def __init__(self, log: Path, together: Barrier | None) -> None:
        super().__init__()
        self._log, self._together = log, together

    def on_study(self, started: Any) -> None:
        if self._together is not None:
            self._together.wait(120)

    def on_run_end(self, record: Any) -> None:
        with self._log.open("a") as file:
            file.write(f"{os.getpid()} {record.variant} {record.seed}\n")


def work(out: Path, seeds: int, log: Path, together: Barrier | None = None, failpoint: str = "") -> None:
    """What each process does."""
    os.environ["TASKGRAFT_FAILPOINT"] = failpoint
    small_study(out, seeds=seeds, listener=Logging(log, together))


def start(*arguments: Any) -> Any:
    process = PROCESSES.Process(target=work, args=arguments)
    process.start()
    return process


def end(processes: Sequence[Any]) -> list[int]:
    for process in processes:
        process.join(300)
    return [process.exitcode for process in processes]


def done(log: Path) -> list[tuple[int, str, int]]:
    lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    return [(int(process), name, int(seed)) for process, name, seed in lines]


def check_whole(out: Path, seeds: int) -> None:
    """The study has every run once, in its records and in its table, and nothing else."""
    wanted = [(name, seed) for name in NAMES for seed in range(seeds)]
    study = Study.open(out)
    assert (study.missing, study.damaged) == ((), ())
    assert [(run.variant, run.seed) for run in study.runs] == wanted
    with (out / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["variant"], int(row["seed"])) for row in rows] == wanted
    assert all(None not in row and None not in row.values() for row in rows)
    assert leftovers(out) == []


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same study, done by one process."""
    out = tmp_path_factory.mktemp("alone") / "study"
    small_study(out, seeds=3)
    return out


def share(out: Path, log: Path, num_processes: int, alone: Path) -> int:
    """Has processes share a study of six runs; returns how many of them did some."""
    together = PROCESSES.Barrier(num_processes)
    assert end([start(out, 3, log, together) for _ in range(num_processes)]) == [0] * num_processes
    counts = Counter((name, seed) for _, name, seed in done(log))
    assert counts == {(name, seed): 1 for name in NAMES for seed in range(3)}
    check_whole(out, 3)
    assert differing_files(out, alone) == []
    return len({process for process, *_ in done(log)})


def test_two_processes_share_the_runs(tmp_path: Path, alone: Path) -> None:
    assert share(tmp_path / "study", tmp_path / "log", 2, alone) == 2


@pytest.mark.torture
def test_up_to_five_processes_share_the_runs(tmp_path: Path, alone: Path) -> None:
    took_part = [
        share(tmp_path / f"study{number}", tmp_path / f"log{number}", 2 + number % 4, alone)
        for number in range(20)
    ]
    print(f"torture: two at once: 20 studies by {2} to {5} processes, every run once; took part: {took_part}")
    assert min(took_part) >= 2


def outlive(folder: Path, failpoint: str, alone: Path) -> None:
    """Of two processes one is killed at a step of its work; the other does all that is left."""
    out, log = folder / "study", folder / "log"
    together = PROCESSES.Barrier(2)
    killed, other = start(out, 3, log, together, failpoint), start(out, 3, log, together)
    assert end([killed, other]) == [SIGKILL, 0]
    # What the killed one had written, but not told, is done all the same. Of its temporary files the next
    # start takes away those that lie beside files of the whole study.
    small_study(out, seeds=3)
    assert max(Counter((name, seed) for _, name, seed in done(log)).values()) == 1
    check_whole(out, 3)
    assert differing_files(out, alone) == []


STEPS = [
    f"write.{file}.{when}"
    for file in ("model.safetensors", "history.jsonl", "predictions.safetensors", "result.json")
    for when in ("before", "temporary", "after")
]


@pytest.mark.parametrize("step", ["write.model.safetensors.temporary", "write.results.csv.temporary"])
def test_a_process_killed_in_the_middle_is_replaced_at_once(tmp_path: Path, alone: Path, step: str) -> None:
    outlive(tmp_path, step, alone)


@pytest.mark.torture
def test_a_process_killed_at_every_step_is_replaced(tmp_path: Path, alone: Path) -> None:
    steps = [f"{step}:{number}" for step in STEPS for number in (1, 2)]
    for number, step in enumerate(steps):
        (tmp_path / str(number)).mkdir()
        outlive(tmp_path / str(number), step, alone)
    print(f"torture: two at once: {len(steps)} processes killed, the other did all that was left")


def test_the_lock_of_a_dead_process_holds_nobody_up(tmp_path: Path) -> None:
    out, log = tmp_path / "study", tmp_path / "log"
    assert end([start(out, 1, log, None, "write.predictions.safetensors.temporary")]) == [SIGKILL]
    assert len(temporary_files(out)) == 1
    watching = Watching()
    small_study(out, listener=watching)
    assert watching.done == [(name, 0) for name in NAMES]
    assert not any("Waiting" in note for note in watching.notes)
    check_whole(out, 1)


def test_a_report_reads_while_a_study_is_written(tmp_path: Path) -> None:
    out = tmp_path / "study"
    process = start(out, 3, tmp_path / "log")
    num_seen = []
    while process.is_alive():
        time.sleep(0.01)
        if not (out / "study.json").exists():
            continue
        study = Study.open(out)
        assert study.damaged == ()
        num_seen.append(len(study.runs))
        if study.runs and num_seen[-1] != num_seen[-2]:
            assert conclude(study).standings
    assert end([process]) == [0]
    assert num_seen == sorted(num_seen)
    assert len(set(num_seen)) > 2
