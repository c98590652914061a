"""What a node does: one run, in a directory of its disk, whose files and events it sends while it runs."""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import shutil
import signal
import socket
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from taskgraft.data import Dataset
from taskgraft.errors import StudyError, TaskgraftError
from taskgraft.execution._attempt import attempt_run
from taskgraft.execution._data_reference import DataParts
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._messages import Bug
from taskgraft.execution.engines.cluster._facts import Facts, facts
from taskgraft.execution.engines.cluster._messages import Faulted, Halted, Message
from taskgraft.execution.engines.cluster._outbox import Outbox
from taskgraft.execution.engines.cluster._ray import import_ray
from taskgraft.processes import is_running
from taskgraft.stopping import STOP, Stopped

_LOOK_SECONDS = 0.5

# The data of the last run, as long as this process lives: the next one has the same.
_held: list[Dataset] = []


@dataclass(frozen=True)
class Order:
    """A run to do.

    Attributes:
        facts: Of the driver's machine; another kind does no run of it.
        modules: To be imported first, for what they register.
        spec: The run, pickled: read once the versions are the same.
        files: What it goes on from, by name.
    """

    facts: Facts
    modules: tuple[str, ...]
    spec: bytes
    files: dict[str, bytes]


def do_run(order: bytes, data: tuple[Any, ...], board: Any) -> Iterator[Message]:
    """Does a run.

    Args:
        order: An `Order`, pickled.
        data: What it is on: the values of `DataParts`.
        board: An actor that says whether to stop.
    """
    try:
        yield from _ordered(pickle.loads(order), DataParts(*data), board)
    except TaskgraftError as error:
        yield Faulted(error)
    except Exception as error:
        line = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
        yield Bug(line, traceback.format_exc())


def _ordered(order: Order, data: DataParts, board: Any) -> Iterator[Message]:
    _check_kind(order.facts)
    for name in order.modules:
        importlib.import_module(name)
    spec: RunSpec = pickle.loads(order.spec)
    _held[:] = [spec.data.opened_with(data)]
    with _scratch(spec, order.files) as local:
        yield from _done(local, _Stopping(board))


def _check_kind(wanted: Facts) -> None:
    if difference := wanted.difference(facts(), on_cpu=False):
        raise StudyError.expected(
            "this node", "like the machine of the command", difference, "Install the same on every node."
        )


def _done(spec: RunSpec, stopping: _Stopping) -> Iterator[Message]:
    hardware = spec.open_hardware()
    outbox = Outbox(spec.directory)
    try:
        for event in attempt_run(spec, hardware):
            yield from outbox.messages(event)
            stopping.look()
    except Stopped:
        yield from outbox.changed_files()
        yield Halted()
    finally:
        STOP.clear()


class _Stopping:
    """Looks now and then whether the run is to stop, and waits for no answer."""

    def __init__(self, board: Any) -> None:
        self._board = board
        self._ask()

    def _ask(self) -> None:
        self._answer, self._looked = self._board.is_stopping.remote(), time.monotonic()

    def look(self) -> None:
        """Requests the stop, which takes effect behind the step under way."""
        ray = import_ray()
        if time.monotonic() - self._looked < _LOOK_SECONDS or not ray.wait([self._answer], timeout=0)[0]:
            return
        if ray.get(self._answer):
            # Where no step is under way, nothing is to be saved, and the next one stops it.
            with contextlib.suppress(Stopped):
                STOP.make(signal.SIGTERM)
        self._ask()


@contextmanager
def _scratch(spec: RunSpec, files: dict[str, bytes]) -> Iterator[RunSpec]:
    """The run in a directory of this node's disk, with the files that it goes on from."""
    prefix = f"taskgraft-{socket.gethostname()}-"
    _remove_leftovers(prefix)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))
    try:
        local = replace(spec, study=folder / spec.study.absolute().name)
        local.directory.mkdir(parents=True)
        for name, content in files.items():
            (local.directory / name).write_bytes(content)
        yield local
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers(prefix: str) -> None:
    """Removes what processes left that were killed on this machine."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        number = path.name.removeprefix(prefix).partition("-")[0]
        if number.isdigit() and not is_running(int(number)):
            shutil.rmtree(path, ignore_errors=True)
