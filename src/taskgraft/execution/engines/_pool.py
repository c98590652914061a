"""Runs in several processes at once, each of which may die without the others."""

from __future__ import annotations

import select
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from taskgraft.errors import TaskgraftError
from taskgraft.execution._claim import LOOK_AGAIN_SECONDS, waiting_for
from taskgraft.execution._data_reference import DataReference
from taskgraft.execution._events import EngineEvent, RunElsewhere, RunEnded, RunFailed
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._death import after_death
from taskgraft.execution.engines._extensions import check_reachable
from taskgraft.execution.engines._messages import Bug, Fault, Ready, Refused
from taskgraft.execution.engines._process import Process, end_of
from taskgraft.stopping import STOP

_LOOK_SECONDS = 0.1
# What a worker may take to finish a step and save when this process has no time to listen any more.
_SECONDS_TO_SAVE = 60.0
# From the last that it sends to its end.
_SECONDS_TO_END = 10.0
_OVER = (RunEnded, RunFailed, RunElsewhere)


def pooled(specs: Sequence[RunSpec], num_jobs: int) -> Iterator[EngineEvent]:
    """Does runs in other processes.

    Args:
        specs: The runs, in the order in which they begin.
        num_jobs: Processes.

    Yields:
        What happens in any of them.

    Raises:
        RequestError: If something is registered in a script, which workers do not run.
        TaskgraftError: What would end the study in one process, too, or if no worker can be started.
        Stopped: If this process is to stop: once every worker has finished its step and saved.
    """
    check_reachable()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="taskgraft-"))
        pool = _Pool(_for_others(specs, Path(folder)), num_jobs)
        stack.callback(pool.close)
        # Until then a stop is passed on to the workers.
        stack.enter_context(STOP.held())
        yield from pool.events()


def _for_others(specs: Sequence[RunSpec], folder: Path) -> list[RunSpec]:
    """Runs whose data can be opened by any process of this machine, which then shares its memory."""
    stored: dict[str, DataReference] = {}
    for spec in specs:
        reference, digest = spec.data, spec.data.digest
        if digest not in stored:
            is_mapped = reference.directory is not None or (
                reference.source is not None and isinstance(reference.open().images, np.memmap)
            )
            stored[digest] = reference if is_mapped else _stored(reference, folder / digest)
    return [replace(spec, data=stored[spec.data.digest]) for spec in specs]


def _stored(reference: DataReference, folder: Path) -> DataReference:
    folder.mkdir()
    return reference.stored(folder)


class _Pool:
    def __init__(self, specs: Sequence[RunSpec], num_jobs: int) -> None:
        self._left = deque(specs)
        self._refused: list[RunSpec] = []
        self._num_jobs = num_jobs
        self._num_threads = specs[0].hardware.num_threads
        self._processes: list[Process] = []
        self._bugs: dict[int, Bug] = {}
        self._look_again = 0.0
        self._has_waited = self._is_stopping = False

    def events(self) -> Iterator[EngineEvent]:
        """Until every run is over, or the workers have stopped."""
        while self._left or self._refused or any(each.spec for each in self._processes):
            if STOP.is_requested:
                self._stop()
                if not self._processes:
                    return
            else:
                yield from self._take_up_refused()
                self._assign()
            for process in self._with_messages():
                yield from self._messages(process)
                if process.is_over:
                    yield from self._bury(process)

    def close(self) -> None:
        """Ends the workers: between two steps, unless there is no time for that."""
        try:
            if not STOP.is_at_once:
                for process in self._processes:
                    process.listen_no_more()
                    process.stop()
                for process in self._processes:
                    process.end(_SECONDS_TO_SAVE if process.spec else 0.0)
        finally:
            for process in self._processes:
                process.close()

    def _stop(self) -> None:
        if not self._is_stopping:
            self._is_stopping = True
            for process in self._processes:
                process.stop()

    def _take_up_refused(self) -> Iterator[EngineEvent]:
        """Tries again what other commands did when it was tried, now and then."""
        if self._left or not self._refused or time.monotonic() < self._look_again:
            return
        if not self._has_waited and not any(each.spec for each in self._processes):
            self._has_waited = True
            yield waiting_for(self._refused)
        self._look_again = time.monotonic() + LOOK_AGAIN_SECONDS
        self._left.extend(self._refused)
        self._refused.clear()

    def _assign(self) -> None:
        for process in self._processes:
            if self._left and process.is_ready:
                process.give(self._left.popleft())
        num_starting = sum(each.spec is None for each in self._processes)
        while len(self._processes) < self._num_jobs and num_starting < len(self._left):
            self._processes.append(Process(self._num_threads))
            num_starting += 1

    def _with_messages(self) -> list[Process]:
        by_number = {process.events: process for process in self._processes}
        ready, _, _ = select.select(list(by_number), [], [], _LOOK_SECONDS)
        return [by_number[number] for number in ready]

    def _messages(self, process: Process) -> Iterator[EngineEvent]:
        for message in process.receive():
            if isinstance(message, Fault):
                raise message.error
            if isinstance(message, Ready):
                process.become_free()
            elif isinstance(message, Bug):
                self._bugs[process.events] = message
            elif isinstance(message, Refused):
                self._refuse(process)
            else:
                if isinstance(message, _OVER):
                    process.spec = None
                yield message

    def _refuse(self, process: Process) -> None:
        if process.spec is not None:
            self._refused.append(process.spec)
            process.spec = None

    def _bury(self, process: Process) -> Iterator[EngineEvent]:
        """Draws the conclusion from the end of a worker."""
        bug = self._bugs.pop(process.events, None)
        code, last_line = process.end(_SECONDS_TO_END), process.last_line()
        self._processes.remove(process)
        process.close()
        if self._is_stopping or (process.has_started and process.spec is None):
            return
        if process.spec is None:
            raise _cannot_start(bug.line if bug else f"{end_of(code)} {last_line}".strip())
        for event in after_death(process.spec, code, last_line, bug):
            if isinstance(event, Refused):
                self._refused.append(process.spec)
            else:
                yield event


def _cannot_start(how: str) -> TaskgraftError:
    return TaskgraftError.expected("a process for runs", "able to start", how, "Use one job.")
