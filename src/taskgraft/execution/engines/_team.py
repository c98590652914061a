"""One run by several processes: a worker starts the others, and all of them take the same steps."""

from __future__ import annotations

import select
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from taskgraft.errors import OutOfMemoryError, Phrase, RunError
from taskgraft.execution._run_checkpoints import checkpoints_of
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._death import death, ended_by, process_of
from taskgraft.execution.engines._messages import Bug, Fault, Ready
from taskgraft.execution.engines._process import Process
from taskgraft.hardware import ALONE, Team, is_out_of_memory, joined
from taskgraft.parameter import Parameter
from taskgraft.training import Job, training_events

# From the break of a connection until the end of the process that broke it is seen.
_SECONDS_TO_DIE = 10.0
# Ready for its part, and ready to meet the others: once before the data is open, once behind.
_NUM_READY = 2


@dataclass(frozen=True)
class Part:
    """What one of the other processes of a run is to do.

    Attributes:
        spec: The run.
        rank: Of the process, from 1.
        meeting: The file by which they meet.
    """

    spec: RunSpec
    rank: int
    meeting: Path


@contextmanager
def together(spec: RunSpec) -> Iterator[Team]:
    """The team of a run, of which this process is the first; the others are started, and end with the work.

    Args:
        spec: The run, whose data other processes can open.

    Raises:
        RunError: If another process dies.
    """
    if spec.hardware.num_processes == 1:
        yield ALONE
        return
    with ExitStack() as stack:
        meeting = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="taskgraft-"))) / "meeting"
        team = _team_of(spec, 0)
        others: list[Process] = []
        for rank in range(1, team.size):
            others.append(Process(spec.hardware.num_threads))
            stack.callback(others[-1].close)
            others[-1].send(Part(spec, rank, meeting))
        for number, other in enumerate(others):
            _wait_for(other, spec, number)
        try:
            stack.enter_context(joined(team, spec.hardware.device, meeting))
            yield team
        except RuntimeError as error:
            # A connection that broke says that another process has ended, and not why.
            if (why := _why_ended(others, spec)) is None:
                raise
            raise why from error


def take_part(part: Part, say_ready: Callable[[], None]) -> None:
    """Takes all steps of a run with the others, of which the first writes what comes of it.

    Args:
        part: Of this process.
        say_ready: Called before it meets the others.
    """
    spec = part.spec
    hardware, data = spec.open_hardware(), spec.open_data()
    say_ready()
    with joined(_team_of(spec, part.rank), hardware.device, part.meeting) as team:
        job = Job(spec.variant.architecture, data, spec.recipe, hardware, team)
        for _event in training_events(job, spec.seed, checkpoints_of(spec, hardware)):
            pass


def _team_of(spec: RunSpec, rank: int) -> Team:
    num_images = min(spec.recipe.batch_size, spec.open_data().num_images["train"])
    # A batch that was halved may have become smaller than what it was divided into.
    size = min(spec.hardware.num_processes, num_images)
    return Team(rank, size, num_images, spec.hardware.synchronises)


def _wait_for(other: Process, spec: RunSpec, number: int) -> None:
    """Waits until one of the others can meet.

    Raises:
        TaskgraftError: If it cannot.
    """
    num_ready = 0
    while num_ready < _NUM_READY:
        for message in other.receive():
            if isinstance(message, Fault):
                raise message.error
            if isinstance(message, Bug):
                raise _error(other, message, spec, number)
            num_ready += isinstance(message, Ready)
        if other.is_over:
            raise _error(other, None, spec, number)


def _why_ended(others: Sequence[Process], spec: RunSpec) -> RunError | None:
    """Why the first of the others ended, those before that were killed; None if all run."""
    bugs: dict[int, Bug] = {}
    end = time.monotonic() + _SECONDS_TO_DIE
    while (left := end - time.monotonic()) > 0 and not any(other.is_over for other in others):
        ready, _, _ = select.select([other.events for other in others], [], [], left)
        for number, other in enumerate(others):
            if other.events in ready:
                for message in other.receive():
                    if isinstance(message, Bug):
                        bugs[number] = message
    ended = [number for number, other in enumerate(others) if other.is_over]
    for number in sorted(ended, key=lambda number: number in bugs):
        return _error(others[number], bugs.get(number), spec, number)
    return None


def _error(other: Process, bug: Bug | None, spec: RunSpec, number: int) -> RunError:
    if bug is None:
        process = f"process {number + 2} of {spec.hardware.num_processes} of {spec.label}"
        return death(process, other.end(_SECONDS_TO_DIE), other.last_line())
    if is_out_of_memory(RuntimeError(bug.line)):
        return OutOfMemoryError.expected(
            f"the memory of {process_of(spec)}",
            "enough for its part of a batch",
            Phrase(bug.line),
            f"Add {Parameter('auto_batch', True)}, or free memory.",
        )
    return ended_by(spec, bug)
