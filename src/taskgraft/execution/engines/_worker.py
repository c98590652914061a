"""A worker: a process that does one run after another for an engine, and says what happens.

    python -m taskgraft.child PARENT taskgraft.execution.engines._worker REQUESTS EVENTS

It reads runs from one pipe and writes events into another, whose numbers it is given. Its parent may die at
any time: the worker then finishes its step, saves, and ends. Of a run that several processes make together,
a worker is the first, and the parent of the others, which are workers that were given a part of it.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import signal
import sys
import time
import traceback
from types import FrameType
from typing import Any

from taskgraft.errors import TaskgraftError
from taskgraft.events import BatchServed, StepDone, WeightsMoved
from taskgraft.execution._attempt import attempt_run
from taskgraft.execution._claim import claimed
from taskgraft.execution._events import RunProgress
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._messages import Bug, Fault, Inbox, Ready, Refused, packed, write_packed
from taskgraft.execution.engines._team import Part, take_part, together
from taskgraft.stopping import STOP, Stopped

# Steps of a fast network take less; nobody looks more often.
_SECONDS_BETWEEN_STEPS = 0.1


def main(requests: int, events: int) -> int:
    """Imports the modules that come first, then does the runs that come; an exit code."""
    faulthandler.enable()
    outbox = _Outbox(events)
    try:
        # The parent says when to stop, and the system when the parent has ended.
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        inbox = Inbox(requests)
        while not inbox.is_over:
            for message in inbox.receive():
                if isinstance(message, RunSpec):
                    _do(message, outbox)
                    outbox.send(Ready())
                elif isinstance(message, Part):
                    # It has nothing to save, and is blocked while it waits for the others.
                    signal.signal(signal.SIGTERM, signal.SIG_DFL)
                    take_part(message, lambda: outbox.send(Ready()))
                else:
                    # What they register may be in the runs that come.
                    for name in message:
                        importlib.import_module(name)
                    outbox.send(Ready())
    except Stopped as stopped:
        return stopped.exit_code
    except TaskgraftError as error:
        outbox.send(Fault(error))
    except BaseException as error:
        outbox.send(Bug(_line_of(error), traceback.format_exc()))
        return 1
    return 0


def _do(spec: RunSpec, outbox: _Outbox) -> None:
    hardware = spec.open_hardware()
    with claimed(spec) as is_held:
        if not is_held:
            outbox.send(Refused())
            return
        for event in attempt_run(spec, hardware, together):
            outbox.send(event)


class _Outbox:
    """Sends messages to the parent, but for those that come too often to be looked at."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._last_step = 0.0

    def send(self, message: Any) -> None:
        """Sends a message; without a parent to read it, requests that this process stops."""
        if isinstance(message, RunProgress) and self._is_left_out(message.event):
            return
        try:
            write_packed(self._number, packed(message))
        except BrokenPipeError:
            _stop(signal.SIGTERM)

    def _is_left_out(self, event: object) -> bool:
        if isinstance(event, StepDone):
            now = time.monotonic()
            if now - self._last_step < _SECONDS_BETWEEN_STEPS:
                return True
            self._last_step = now
        return isinstance(event, BatchServed | WeightsMoved)


def _stop(number: int, frame: FrameType | None = None) -> None:
    # It may come from the parent and for its end: whoever cannot wait kills.
    if not STOP.is_requested:
        STOP.make(number)


def _line_of(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]


if __name__ == "__main__":
    code = main(*map(int, sys.argv[1:3]))
    # Everything is closed and written; to take torch apart would be seconds more.
    os._exit(code)
