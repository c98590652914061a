"""What happens in a study while it runs, as plain values that any process can pass on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from taskgraft.events import RunEvent
from taskgraft.study import FailureRecord, RunRecord, Study, StudyRecord, TrialRecord, run_name


@dataclass(frozen=True, slots=True)
class StudyStarted:
    """The runs of a study are about to begin.

    Attributes:
        todo: Variant, seed and PFLOP of each run that is to be done.
        num_finished: Runs that are finished already.
        jobs_and_threads: How many runs at once, with how many threads each: `2 jobs x 1 thread`.
        are_several: Whether runs are done at once.
        directory: Of the study.
        record: What the study is: data, taxonomy, variants with their recipes, seeds.
    """

    todo: tuple[tuple[str, int, float], ...]
    num_finished: int
    jobs_and_threads: str
    are_several: bool
    directory: Path
    record: StudyRecord


@dataclass(frozen=True, slots=True)
class RoundStarted:
    """Trials of a search are about to begin, before there is a study, beside those that are under way.

    Attributes:
        todo: Variant, seed and PFLOP of each, if it is not cut short.
        num_finished: None of them.
        jobs_and_threads: How many at once, with how many threads each.
        are_several: Whether some are done at once.
    """

    todo: tuple[tuple[str, int, float], ...]
    num_finished: int
    jobs_and_threads: str
    are_several: bool


@dataclass(frozen=True, slots=True)
class RunBegan:
    """A run begins, in this process or another of its engine.

    Attributes:
        variant: Name of its variant.
        seed: Its seed.
    """

    variant: str
    seed: int


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Something happened within a run.

    Attributes:
        variant: Name of its variant.
        seed: Its seed.
        event: What.
    """

    variant: str
    seed: int
    event: RunEvent


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run, or a trial of a search, is finished and written.

    Attributes:
        record: Its result.
    """

    record: RunRecord | TrialRecord


@dataclass(frozen=True, slots=True)
class RunFailed:
    """A run has failed, and the study goes on.

    Attributes:
        failure: Why.
    """

    failure: FailureRecord


@dataclass(frozen=True, slots=True)
class RunElsewhere:
    """A run that was to be done has been done, or has failed, in a process of another command.

    Attributes:
        variant: Name of its variant.
        seed: Its seed.
    """

    variant: str
    seed: int


@dataclass(frozen=True, slots=True)
class StudyNote:
    """Something to know of the study, such as what is damaged and done again.

    Attributes:
        text: One line.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Every run that is left is being done by other commands.

    Attributes:
        holders: The name of each run, and who does it.
    """

    holders: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """One line that says so."""
        runs = ", ".join(f"{name} ({holder})" for name, holder in self.holders)
        return f"Waiting for runs that other processes do: {runs}."


@dataclass(frozen=True, slots=True)
class StudyEnded:
    """No more runs begin: all are over, or something has ended the study before its time."""


@dataclass(frozen=True, slots=True)
class StudyKept:
    """All that a study has besides its runs is written: results, cost of prediction, pictures.

    Attributes:
        study: The study.
    """

    study: Study


@dataclass(frozen=True, slots=True)
class ReportWritten:
    """The report of the study is written, which the command line does at its end.

    Attributes:
        path: Of the page.
    """

    path: Path


EngineEvent = RunBegan | RunProgress | RunEnded | RunFailed | RunElsewhere | StudyNote | Waiting
StudyEvent = EngineEvent | RoundStarted | StudyStarted | StudyEnded | StudyKept | ReportWritten


def run_over(event: StudyEvent) -> str | None:
    """The name of the run that is over with an event: finished, failed, or done elsewhere; else None.

    Example:
        >>> run_over(RunElsewhere("shared", 1)), run_over(RunBegan("shared", 1))
        ('shared-seed1', None)
    """
    match event:
        case RunEnded(record=of) | RunFailed(failure=of):
            return run_name(of.variant, of.seed)
        case RunElsewhere():
            return run_name(event.variant, event.seed)
    return None
