"""What is left of a run whose process died: usually a failure, which the same command mends."""

from __future__ import annotations

from collections.abc import Iterator

from taskgraft.errors import DiedError, Phrase
from taskgraft.execution._attempt import failure_of
from taskgraft.execution._claim import claimed
from taskgraft.execution._events import EngineEvent, RunEnded, RunFailed
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._messages import Bug, Refused
from taskgraft.execution.engines._process import end_of
from taskgraft.file_writing import write_text
from taskgraft.parameter import Parameter
from taskgraft.study import FAILURE, TRACEBACK, write_record

_KILLED = "SIGKILL"


def after_death(spec: RunSpec, code: int, last_line: str, bug: Bug | None) -> Iterator[EngineEvent | Refused]:
    """The last event of a run whose process has ended before it said that the run was over.

    Args:
        spec: The run.
        code: The exit code of the process.
        last_line: What it printed last.
        bug: The fault of ours that ended it, if it was one.

    Yields:
        A `RunFailed`, which is written, too; a `RunEnded` if everything was done; or `Refused` where another
        command has taken the run up.
    """
    with claimed(spec) as is_held:
        if not is_held:
            yield Refused()
            return
        state = spec.state()
        if state.record is not None:
            yield RunEnded(state.record)
            return
        if state.failure is not None and state.failure != spec.failure:
            yield RunFailed(state.failure)
            return
        yield died(spec, _error(spec, code, last_line, bug))


def died(spec: RunSpec, error: DiedError) -> RunFailed:
    """Writes why a run has failed, whose lock is held; the event that says so."""
    failure = failure_of(error, spec, spec.hardware)
    write_record(spec.directory / FAILURE, failure, make_parents=False)
    return RunFailed(failure)


def ended_by(spec: RunSpec, bug: Bug) -> DiedError:
    """The error of a run that a fault of ours has ended; writes where that was."""
    path = spec.directory / TRACEBACK
    write_text(path, bug.traceback, make_parents=False)
    return DiedError.expected(
        process_of(spec), "alive until its run is done", Phrase(bug.line), f"Please report it, with {path}."
    )


def process_of(spec: RunSpec) -> str:
    """What errors call the process of a run."""
    return f"the process of {spec.label}"


def forget_failure(spec: RunSpec) -> bool:
    """Removes the record of a failure that is not the end of a run; False where another command has it."""
    with claimed(spec) as is_held:
        if is_held:
            (spec.directory / FAILURE).unlink(missing_ok=True)
        return is_held


def _error(spec: RunSpec, code: int, last_line: str, bug: Bug | None) -> DiedError:
    return ended_by(spec, bug) if bug is not None else death(process_of(spec), code, last_line)


def death(process: str, code: int, last_line: str) -> DiedError:
    """The error of a process that has ended before its run was done.

    Args:
        process: What to call it.
        code: Its exit code.
        last_line: What it printed last.
    """
    how = end_of(code)
    remedy = "The same command goes on from its last checkpoint."
    if how == _KILLED:
        fewer = Parameter("jobs", 1)
        remedy = f"The system may have been short of memory: free memory, or use {fewer}. {remedy}"
    elif last_line:
        how = f"{how} ({last_line})"
    return DiedError.expected(process, "alive until its run is done", Phrase(how), remedy)
