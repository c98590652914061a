"""One run attempted: finished, or failed with a record that says why. The study goes on either way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from taskgraft.errors import RequestError, RunError
from taskgraft.events import Note, RunEvent
from taskgraft.execution._environment import describe_environment
from taskgraft.execution._events import EngineEvent, RunBegan, RunElsewhere, RunEnded, RunFailed, RunProgress
from taskgraft.execution._run import execute_run
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._trial import execute_trial
from taskgraft.hardware import ALONE, Hardware, Team
from taskgraft.parameter import Parameter
from taskgraft.study import FAILURE, FailureRecord, write_record
from taskgraft.training import remove_checkpoints

Together = Callable[[RunSpec], AbstractContextManager[Team]]


def _alone(spec: RunSpec) -> AbstractContextManager[Team]:
    number = spec.hardware.num_processes
    if number > 1:
        rule = "1 with this engine, which gives each run one process"
        raise RequestError.expected(Parameter("processes_per_run"), rule, number, "Leave it out.")
    return nullcontext(ALONE)


def attempt_run(spec: RunSpec, hardware: Hardware, together: Together = _alone) -> Iterator[EngineEvent]:
    """Does a run, unless it is done; with smaller batches where the spec allows and the memory needs them.

    Args:
        spec: The run, whose lock is held.
        hardware: Where and how to compute, set up.
        together: Starts the other processes that train it, for as long as it is being done.

    Yields:
        What happens; the last is a `RunEnded`, a `RunFailed` or a `RunElsewhere`, and it is the only one.

    Raises:
        StudyError: If a file cannot be written.
        DataError: If the data cannot be opened.
    """
    name, seed = spec.variant.name, spec.seed
    state = spec.state()
    if state.record is not None or state.failure != spec.failure:
        # Another command has done it since it was planned.
        yield RunElsewhere(name, seed)
        return
    yield RunBegan(name, seed)
    for note in _beginning(spec):
        yield RunProgress(name, seed, note)
    while True:
        try:
            with together(spec) as team:
                for event in _executed(spec, hardware, team):
                    yield event if isinstance(event, RunEnded) else RunProgress(name, seed, event)
            return
        except RunError as error:
            failure = failure_of(error, spec, hardware)
        write_record(spec.directory / FAILURE, failure, make_parents=False)
        if failure.kind == "diverged":
            # Resumed, it would diverge again; what was only short of memory can go on.
            remove_checkpoints(spec.directory)
        batch_size = failure.smaller_batch(spec.variant.recipe) if spec.auto_batch else None
        if batch_size is None:
            yield RunFailed(failure)
            return
        spec = replace(spec, batch_size=batch_size)
        yield RunProgress(name, seed, _halving(spec, failure))


def _executed(spec: RunSpec, hardware: Hardware, team: Team) -> Iterator[RunEvent | RunEnded]:
    if spec.trial is None:
        return execute_run(spec, hardware, team)
    return execute_trial(spec, spec.trial, hardware, team)


def failure_of(error: RunError, spec: RunSpec, hardware: Hardware) -> FailureRecord:
    """The record of what ended a run just now."""
    return FailureRecord.of(
        error,
        variant=spec.variant.name,
        seed=spec.seed,
        batch_size=min(spec.recipe.batch_size, spec.data.open().num_images["train"]),
        environment=describe_environment(hardware),
        identity=spec.identity,
    )


def _beginning(spec: RunSpec) -> Iterator[Note]:
    if spec.batch_size is not None:
        yield Note(f"{spec.label}: was out of memory before; begins with batches of {spec.batch_size:,}.")


def _halving(smaller: RunSpec, failure: FailureRecord) -> Note:
    return Note(
        f"{smaller.label}: out of memory with batches of {failure.batch_size:,} images; "
        f"begins again with {smaller.batch_size:,}, at the same learning rate."
    )
