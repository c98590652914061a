"""Nodes, workers and the driver of a real cluster die: every run is done once, to the bits of one machine."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_study import differing_files, leftovers

import often_sent
from small_cluster import NAMES, SmallCluster, num_saved, small_cluster, start_driver, tiny_study, wait_until
from taskgraft.events import silent
from taskgraft.execution import LocalEngine, run_plan
from taskgraft.study import Study


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCluster]:
    """Three nodes of one core."""
    with small_cluster(tmp_path_factory.mktemp("pids"), 3) as made:
        yield made


def alone(folder: Path, seeds: int, names: str = NAMES) -> Path:
    """The study as this process does it."""
    run_plan(tiny_study(folder / "alone", seeds, names), silent, engine=LocalEngine())
    return folder / "alone"


def check_same(out: Path, alone: Path) -> None:
    study = Study.open(out)
    assert (study.missing, study.damaged, study.failures) == ((), (), ())
    assert differing_files(out, alone) == []
    assert leftovers(out) == []


class Kept:
    """Watches that a finished run is never done again."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._times: dict[Path, int] = {}

    def look(self) -> int:
        """Compares; how many runs are finished."""
        for path in self._out.glob("runs/*/result.json"):
            time_ns = path.stat().st_mtime_ns
            assert self._times.setdefault(path, time_ns) == time_ns
        return len(self._times)


@pytest.mark.torture
def test_forty_runs_survive_thirty_nodes_five_drivers_a_full_store_and_torn_files(
    cluster: SmallCluster, tmp_path: Path
) -> None:
    started, dice = time.monotonic(), random.Random(0)
    names, seeds, out = "independent,shared,coarse-to-fine,fine-to-coarse", 10, tmp_path / "study"
    expected = alone(tmp_path, seeds, names)
    cluster.pace(0.7)
    # What takes its place when it is killed tears nothing.
    cluster.set_fault(often_sent.TORN, cluster.nodes[0])
    kept, num_drivers = Kept(out), 1
    driver = start_driver(out, seeds, cluster.address, names)
    for number in range(1, 31):
        wait_until(lambda: num_saved(out) >= 1, 300)
        time.sleep(dice.uniform(0, 6))
        kept.look()
        assert driver.is_alive(), "so many runs that every kill meets one"
        cluster.kill_node()
        if number % 6 == 0:
            os.kill(driver.pid, signal.SIGKILL)
            driver.join()
            driver = start_driver(out, seeds, cluster.address, names)
            num_drivers += 1
    num_before = kept.look()
    cluster.pace(0.05)
    driver.join(600)
    assert driver.exitcode == 0
    assert kept.look() == 40
    check_same(out, expected)
    print(
        f"torture: a cluster of 3 nodes, one of which tears files: 40 runs, 30 nodes and {num_drivers - 1} "
        f"drivers killed ({num_before} runs finished before the last kill), a full object store: every run "
        f"once, the same bits as by one process; {time.monotonic() - started:.0f} s"
    )
