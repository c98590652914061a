"""An attempt at a run: a task on some node, and what has come of it so far."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from taskgraft.errors import StudyError
from taskgraft.execution._data_reference import data_parts
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines.cluster._facts import facts
from taskgraft.execution.engines.cluster._files import Arrivals, needed_files
from taskgraft.execution.engines.cluster._needs import Needs
from taskgraft.execution.engines.cluster._nodes import Node
from taskgraft.execution.engines.cluster._ray import import_ray
from taskgraft.execution.engines.cluster._remote import Order
from taskgraft.registry import extending_modules

# Messages that may wait to be read, of each run: some 20 MB. A node waits behind them.
_MOST_WAITING = 256
_MODULE = "taskgraft.execution.engines.cluster._remote"


@dataclass
class Attempt:
    """A run under way.

    Attributes:
        spec: The run.
        lock: Holds its lock until it is closed.
        task: Gives its messages.
        arrivals: Its files.
        node: Where it is; empty until it has begun.
        is_further: Whether a checkpoint has come of it.
    """

    spec: RunSpec
    lock: ExitStack
    task: Any
    arrivals: Arrivals
    node: str = ""
    is_further: bool = False


@dataclass
class Launcher:
    """Begins attempts.

    Attributes:
        needs: Of each.
        board: The actor that says whether to stop.
        avoided: Nodes that get none.
        memory_factors: How many times the memory that was thought some runs need, by their names.
    """

    needs: Needs
    board: Any
    avoided: set[str] = field(default_factory=set)
    memory_factors: dict[str, int] = field(default_factory=dict)
    _data: dict[str, Any] = field(default_factory=dict)

    def begin(self, spec: RunSpec, lock: ExitStack) -> Attempt:
        """Hands a run, whose lock is held, to the cluster.

        Raises:
            StudyError: If there is no room for the data.
        """
        order = Order(facts(), extending_modules(), pickle.dumps(spec), needed_files(spec.directory))
        options: dict[str, Any] = {
            "num_cpus": self.needs.cores,
            "num_gpus": self.needs.gpus,
            "memory": self.needs.memory_bytes * self.memory_factors.get(spec.name, 1),
            "label_selector": _without(self.avoided),
        }
        task = _task().options(**options).remote(_MODULE, pickle.dumps(order), self._shared(spec), self.board)
        return Attempt(spec, lock, task, Arrivals(spec.directory))

    def give_more_memory(self, spec: RunSpec, nodes: Iterable[Node]) -> None:
        """Has a run begin with twice the memory next time, as far as the largest node has it."""
        most = max((node.memory_bytes for node in nodes), default=0.0) // self.needs.memory_bytes
        factor = min(2 * self.memory_factors.get(spec.name, 1), int(most))
        self.memory_factors[spec.name] = max(1, factor)

    def _shared(self, spec: RunSpec) -> Any:
        """The data of a run in the object store: once a node, mapped by every run on it."""
        digest = spec.data.digest
        if digest not in self._data:
            ray = import_ray()
            parts = data_parts(spec.data.open())
            try:
                self._data[digest] = ray.put((np.asarray(parts.images), np.asarray(parts.labels), parts.rest))
            except ray.exceptions.RayError as error:
                raise StudyError.expected(
                    "the object store of this machine",
                    f"large enough for the data ({parts.images.nbytes:,} bytes)",
                    f"{type(error).__name__}",
                    "Start the cluster with more memory for its object store, or more room in /tmp.",
                ) from error
        return self._data[digest]


def _without(avoided: set[str]) -> dict[str, str]:
    return {"ray.io/node-id": f"!in({','.join(sorted(avoided))})"} if avoided else {}


@functools.cache
def _task() -> Any:
    return import_ray().remote(
        max_retries=0, scheduling_strategy="SPREAD", _generator_backpressure_num_objects=_MOST_WAITING
    )(_on_a_node())


def _on_a_node() -> Callable[..., Iterator[Any]]:
    """What a node runs: sent as code, since it may not have ours. Its first message says where it is."""

    def run(module: str, *arguments: Any) -> Iterator[Any]:
        import importlib  # noqa: PLC0415 - the code of the function is all that is sent

        import ray  # noqa: PLC0415

        yield ray.get_runtime_context().get_node_id()
        yield from importlib.import_module(module).do_run(*arguments)

    return run


class Board:
    """An actor that says whether to stop: a task that Ray cancels says nothing more."""

    def __init__(self) -> None:
        self._is_stopping = False

    def stop(self) -> None:
        """Lets all runs stop."""
        self._is_stopping = True

    def is_stopping(self) -> bool:
        """Whether runs are to stop."""
        return self._is_stopping


def start_board() -> Any:
    """Starts the board, next to this process."""
    ray = import_ray()
    here = ray.get_runtime_context().get_node_id()
    affinity = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(here, soft=True)
    return ray.remote(num_cpus=0)(Board).options(scheduling_strategy=affinity).remote()
