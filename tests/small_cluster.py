"""A real cluster of several nodes on this machine, whose nodes and workers can be killed."""

from __future__ import annotations

import functools
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import often_sent
from drawn_colours import drawn_colours
from forked import PROCESSES
from taskgraft.data import Dataset
from taskgraft.events import silent
from taskgraft.execution import Plan, plan_study, run_plan
from taskgraft.execution.engines.cluster import RayEngine, _attempt
from taskgraft.recipe import BranchSpec, CompactSpec, NetworkSpec, Recipe, quick
from taskgraft.request import CompareOptions

# Nothing of ours is looked for in a store, so it is as small as Ray allows.
_STORE_BYTES = 80 << 20
_MOST_STARTS = 6
NAMES = "independent,shared,coarse-to-fine"


class SmallCluster:
    """A head, and nodes of one core each.

    Args:
        folder: Where the nodes look what the test says.
        num_nodes: Nodes besides the head.
        head_cores: Cores of the head.
        dice: Chooses what is killed.
    """

    def __init__(self, folder: Path, num_nodes: int, head_cores: int, dice: random.Random) -> None:
        from ray.cluster_utils import Cluster

        self._folder, self._dice = folder, dice
        self.pace(0.05)
        head = {"num_cpus": head_cores, "object_store_memory": _STORE_BYTES, "include_dashboard": False}
        self._cluster = _at_last(lambda: Cluster(initialize_head=True, head_node_args=head))
        self.nodes: list[Any] = []
        for _ in range(num_nodes):
            self._add()

    @property
    def address(self) -> str:
        """Of the head."""
        return str(self._cluster.address)

    def _add(self) -> None:
        has = {"num_cpus": 1, "object_store_memory": _STORE_BYTES}
        node = _at_last(lambda: self._cluster.add_node(**has))
        self.nodes.append(node)

    def set_fault(self, fault: str, node: Any, *, has: bool = True) -> None:
        """Gives a node a fault, or mends it."""
        path = self._folder / f"{fault}-{node.node_id}"
        path.touch() if has else path.unlink()

    def kill_node(self) -> None:
        """Kills one of the nodes, and starts another."""
        node = self._dice.choice(self.nodes)
        self.nodes.remove(node)
        self._cluster.remove_node(node, allow_graceful=False)
        self._add()

    def kill_worker(self) -> bool:
        """Kills one of the processes that do a run; whether there was one."""
        pids = [int(path.name) for path in self._folder.glob("[0-9]*")]
        if not pids:
            return False
        pid = self._dice.choice(pids)
        (self._folder / str(pid)).unlink(missing_ok=True)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def pace(self, step_seconds: float) -> None:
        """Says how long a step takes at least."""
        (self._folder / often_sent.SECONDS).write_text(str(step_seconds))

    def let_die(self, run: str) -> None:
        """Lets every process die that does this run; none where it is empty."""
        (self._folder / often_sent.DYING).write_text(run)

    def close(self) -> None:
        """Ends all of it."""
        self._cluster.shutdown()


def _at_last(start: Callable[[], Any]) -> Any:
    """Starts something of Ray, whose nodes give up after 15 s where a machine does much else."""
    for _ in range(_MOST_STARTS - 1):
        try:
            return start()
        except Exception as error:
            print(f"started again: {error}")
    return start()


@contextmanager
def small_cluster(folder: Path, num_nodes: int, head_cores: int = 0) -> Iterator[SmallCluster]:
    """A cluster whose nodes import what this process would."""
    variables = {
        "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path),
        often_sent.PIDS: str(folder),
        "RAY_USAGE_STATS_ENABLED": "0",
        # On a machine that does much else, too.
        "RAY_raylet_start_wait_time_s": "30",
        "RAY_agent_register_timeout_ms": "300000",
        "RAY_worker_register_timeout_seconds": "300",
        "RAY_health_check_failure_threshold": "30",
        # Else every node begins with a process for each core of the machine.
        "RAY_prestart_worker_first_driver": "0",
    }
    with patch.dict(os.environ, variables):
        cluster = SmallCluster(folder, num_nodes, head_cores, random.Random(0))
        try:
            yield cluster
        finally:
            cluster.close()


def tiny_study(out: Path, seeds: int | None, names: str = NAMES, **options: Any) -> Plan:
    """The plan of a study whose runs take ten steps; options are those of `compare`."""
    given = {"architectures": names, "recipe": _recipe(), "out": out, "num_threads": 1}
    if seeds is not None:
        given["seeds"] = seeds
    return plan_study(CompareOptions.of({**given, **options}), _data())


@functools.cache
def _data() -> Dataset:
    return drawn_colours(260, side=12, noise=40, num_test=60)


def _recipe() -> Recipe:
    network = NetworkSpec(
        trunk=CompactSpec(stem_width="whitened", stage_widths=(6, 8)),
        branch=BranchSpec(fc_1=(), fc_2=(8,)),
        conventions="modern",
    )
    return quick().model_copy(update={"name": "tiny", "network": network, "epochs": 2.0, "batch_size": 32})


@contextmanager
def sent_often() -> Iterator[None]:
    """Runs of this driver are slow, and send all that they save."""
    with patch.object(_attempt, "extending_modules", return_value=("often_sent",)):
        yield


def drive(out: Path, seeds: int, names: str, address: str) -> None:
    """Does a study on a cluster; what a driver's process does. Its object store is full all the while."""
    with sent_often():
        engine, plan = RayEngine(address), tiny_study(out, seeds, names)
        engine.place([run.spec for run in plan.todo] or [run.spec for run in plan.runs])
        filled = _fill_store()
        run_plan(plan, silent, engine=engine)
        assert filled.any()


def _fill_store() -> Any:
    """What the store has room for: while this is looked at, Ray can put it nowhere else."""
    import ray

    return ray.get(ray.put(np.ones(int(0.8 * _STORE_BYTES), np.uint8)))


def start_driver(out: Path, seeds: int, address: str, names: str = NAMES) -> Any:
    """Begins a driver in another process."""
    process = PROCESSES.Process(target=drive, args=(out, seeds, names, address))
    process.start()
    return process


def wait_until(condition: Callable[[], object], seconds: float = 300.0) -> None:
    """Waits for something that has to come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def num_saved(out: Path) -> int:
    """How many runs under way could go on from a checkpoint."""
    return len(list(out.glob("runs/*/checkpoint-b.safetensors")))
