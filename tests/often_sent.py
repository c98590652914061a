"""What nodes of the tests import first: their runs take a while, save after each step, and send all of it."""

from __future__ import annotations

import errno
import functools
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from taskgraft.events import StepDone
from taskgraft.execution import RunProgress, _run_checkpoints
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines.cluster import _files, _outbox, _remote
from taskgraft.execution.engines.cluster._ray import import_ray
from taskgraft.file_writing import NotWrittenError
from taskgraft.hardware import Hardware
from taskgraft.training import Checkpoints

# The folder of what the test says: the run whose processes die, the seconds of a step, and the nodes with a
# fault. Beside them lies a file for each process that does a run.
PIDS, DYING, SECONDS = "TASKGRAFT_TEST_PIDS", "dying", "seconds"
TORN, FULL = "torn", "full"

_attempt_run, _pieces = _remote.attempt_run, _files.pieces


def _slowly(spec: RunSpec, hardware: Hardware) -> Iterator[Any]:
    """The events of a run, each of whose steps takes a while, or the last thing that its process does."""
    folder = Path(os.environ[PIDS])
    if _has(FULL):
        raise NotWrittenError.of(spec.directory, 0, OSError(errno.ENOSPC, "No space left on device"))
    mark, dying = folder / str(os.getpid()), folder / DYING
    mark.touch()
    try:
        for event in _attempt_run(spec, hardware):
            if isinstance(event, RunProgress) and isinstance(event.event, StepDone):
                time.sleep(float((folder / SECONDS).read_text()))
                if dying.exists() and dying.read_text() == spec.name:
                    os.kill(os.getpid(), signal.SIGKILL)
            yield event
    finally:
        mark.unlink(missing_ok=True)


def _has(fault: str) -> bool:
    """Whether this node has a fault."""
    node = import_ray().get_runtime_context().get_node_id()
    return (Path(os.environ[PIDS]) / f"{fault}-{node}").exists()


def _perhaps_torn(path: Path) -> Iterator[Any]:
    """The pieces of a file, of which the first has lost its end on a node that tears files."""
    for number, piece in enumerate(_pieces(path)):
        yield replace(piece, content=piece.content[:-1]) if number == 0 and _has(TORN) else piece


_remote.attempt_run = _slowly
_run_checkpoints.Checkpoints = functools.partial(Checkpoints, interval_seconds=0.0, most_share=1e9)
_remote._LOOK_SECONDS = 0.05
_outbox._BETWEEN_SECONDS = 0.0
_outbox._BYTES_PER_SECOND = float("inf")
_outbox.pieces = _perhaps_torn
