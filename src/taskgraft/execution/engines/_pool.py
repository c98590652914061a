"""Runs in several processes at once, each of which may die without the others."""

from __future__ import annotations

import select
import signal
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from taskgraft.errors import TaskgraftError
from taskgraft.events import Note
from taskgraft.execution._events import (
    EngineEvent,
    RunBegan,
    RunElsewhere,
    RunEnded,
    RunFailed,
    RunProgress,
    StudyNote,
)
from taskgraft.execution._incoming import Incoming
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._death import after_death, forget_failure
from taskgraft.execution.engines._extensions import check_reachable
from taskgraft.execution.engines._messages import Bug, Fault, Ready, Refused
from taskgraft.execution.engines._process import Process, end_of
from taskgraft.execution.engines._refused_runs import RefusedRuns
from taskgraft.execution.engines._shared_data import SharedData
from taskgraft.hardware import num_oom_kills
from taskgraft.stopping import STOP
from taskgraft.study import run_name

_LOOK_SECONDS = 0.1
# What a worker may take to finish a step and save when this process has no time to listen any more.
_SECONDS_TO_SAVE = 60.0
# From the last that it sends to its end.
_SECONDS_TO_END = 10.0
# In a row, of processes that have not taken up a run yet; whatever ends one may end it once.
_MOST_FAILED_STARTS = 3
_OVER = (RunEnded, RunFailed, RunElsewhere)


def pooled(specs: Sequence[RunSpec], num_jobs: int) -> Iterator[EngineEvent]:
    """Does runs in other processes.

    Args:
        specs: The runs, in the order in which they begin; may be added to meanwhile.
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
        pool = _Pool(specs, num_jobs, SharedData(Path(folder)))
        stack.callback(pool.close)
        # Until then a stop is passed on to the workers.
        stack.enter_context(STOP.held())
        yield from pool.events()


class _Pool:
    def __init__(self, specs: Sequence[RunSpec], num_jobs: int, data: SharedData) -> None:
        self._incoming, self._data = Incoming(specs), data
        self._left = deque[RunSpec]()
        self._refused = RefusedRuns()
        self._num_jobs = num_jobs
        self._num_threads = specs[0].hardware.num_threads
        self._processes: list[Process] = []
        self._bugs: dict[int, Bug] = {}
        self._begun: set[str] = set()
        self._short: set[int] = set()
        self._to_halve: set[str] = set()
        self._num_failed_starts = 0
        self._num_oom_kills = num_oom_kills()
        self._is_stopping = False

    @property
    def _busy(self) -> list[Process]:
        return [each for each in self._processes if each.spec is not None]

    def events(self) -> Iterator[EngineEvent]:
        """Until every run is over, or the workers have stopped."""
        while self._take_in() or self._refused or self._busy:
            if STOP.is_requested:
                self._stop()
                if not self._processes:
                    return
            else:
                yield from self._refused.take_up(self._left, is_idle=not self._busy)
                self._assign()
                yield from self._start()
            for process in self._with_messages():
                yield from self._messages(process)
                if process.is_over:
                    yield from self._bury(process)

    def _take_in(self) -> bool:
        """Takes what was added to the runs; whether any are left to begin."""
        for spec in self._incoming.new():
            self._left.append(self._data.of(spec))
            # One that was done before is done again.
            self._begun.discard(spec.name)
            if spec.auto_batch:
                self._to_halve.add(spec.name)
        return bool(self._left)

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

    def _assign(self) -> None:
        for process in self._processes:
            if self._left and process.is_ready and len(self._busy) < self._num_jobs:
                process.give(self._as_of_now(self._left.popleft()))
            elif process.is_ready and len(self._processes) > self._num_jobs:
                # Fewer runs at once than it was started for; what it has imported takes memory.
                process.dismiss()

    def _start(self) -> Iterator[StudyNote]:
        num_starting = sum(each.spec is None for each in self._processes)
        while len(self._processes) < self._num_jobs and num_starting < len(self._left):
            try:
                self._processes.append(Process(self._num_threads))
            except OSError as error:
                if not self._processes:
                    raise
                yield self._with_those(str(error.strerror))
            num_starting += 1

    def _as_of_now(self, spec: RunSpec) -> RunSpec:
        """A run with the jobs of now; its batch is halved only where no other run takes memory."""
        hardware = replace(spec.hardware, num_jobs=self._num_jobs)
        may_halve = spec.name in self._to_halve and self._num_jobs == 1
        return replace(spec, hardware=hardware, auto_batch=may_halve)

    def _with_messages(self) -> list[Process]:
        by_number = {process.events: process for process in self._processes}
        ready, _, _ = select.select(list(by_number), [], [], _LOOK_SECONDS)
        return [by_number[number] for number in ready]

    def _messages(self, process: Process) -> Iterator[EngineEvent]:
        for message in process.receive():
            if isinstance(message, Fault):
                raise message.error
            if isinstance(message, Ready):
                self._num_failed_starts = 0
                if process.events in self._short:
                    yield from self._put_back(process)
                process.become_free()
            elif isinstance(message, Bug):
                self._bugs[process.events] = message
            elif isinstance(message, Refused):
                self._refuse(process)
            elif isinstance(message, RunFailed) and _is_short_among_others(process, message):
                # It has the lock of the run until it is ready.
                self._short.add(process.events)
            elif not isinstance(message, RunBegan) or self._is_first(message):
                if isinstance(message, _OVER):
                    process.spec = None
                yield message

    def _is_first(self, event: RunBegan) -> bool:
        """Whether a run begins, and not again."""
        name = run_name(event.variant, event.seed)
        is_first = name not in self._begun
        self._begun.add(name)
        return is_first

    def _put_back(self, process: Process) -> Iterator[EngineEvent]:
        """Lets a run that was short of memory begin again once fewer run at once, from now on."""
        spec = process.spec
        if spec is None:
            return
        process.spec = None
        self._short.discard(process.events)
        before = spec.hardware.num_jobs
        self._num_jobs = min(self._num_jobs, before // 2)
        if not forget_failure(spec):
            self._refused.append(spec)
            return
        self._left.appendleft(replace(spec, failure=None))
        yield RunProgress(spec.variant.name, spec.seed, Note(_fewer(spec, before, self._num_jobs)))

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
        was_killed = self._has_killed_for_memory() and code == -signal.SIGKILL
        if process.events in self._short or (was_killed and _is_among_others(process)):
            yield from self._put_back(process)
            return
        if self._is_stopping or (process.has_started and process.spec is None):
            return
        if process.spec is None:
            yield self._start_again(bug, f"{end_of(code)} {last_line}".strip())
            return
        for event in after_death(process.spec, code, last_line, bug):
            if isinstance(event, Refused):
                self._refused.append(process.spec)
            else:
                yield event

    def _start_again(self, bug: Bug | None, how: str) -> StudyNote:
        """A process has ended before it took up a run: another is started, or there are fewer.

        Raises:
            TaskgraftError: If it would end so again, and no other process does runs.
        """
        self._num_failed_starts += 1
        if bug is None and self._num_failed_starts <= _MOST_FAILED_STARTS:
            return StudyNote(f"A process for runs has ended while starting ({how}): another is started.")
        if bug is not None or not self._processes:
            raise _cannot_start(bug.line if bug else how)
        return self._with_those(how)

    def _with_those(self, why: str) -> StudyNote:
        """No more processes than there are."""
        self._num_jobs = len(self._processes)
        return StudyNote(f"A process for runs cannot start ({why}): {self._num_jobs} at once from now on.")

    def _has_killed_for_memory(self) -> bool:
        """Whether the system has killed any process for lack of memory since this was last looked at."""
        before, self._num_oom_kills = self._num_oom_kills, num_oom_kills()
        return self._num_oom_kills > before


def _is_among_others(process: Process) -> bool:
    """Whether its run is one of several at once, which share the memory."""
    return process.spec is not None and process.spec.hardware.num_jobs > 1


def _is_short_among_others(process: Process, event: RunFailed) -> bool:
    return event.failure.is_short_of_memory and _is_among_others(process)


def _fewer(spec: RunSpec, before: int, now: int) -> str:
    return (
        f"{spec.label}: out of memory with {before} runs at once; begins again when {now} "
        f"{'run does' if now == 1 else 'runs do'}, as all runs from now on."
    )


def _cannot_start(how: str) -> TaskgraftError:
    return TaskgraftError.expected("a process for runs", "able to start", how, "Use one job.")
