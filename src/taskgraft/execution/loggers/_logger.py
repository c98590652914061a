"""What every logger does: which event is what of which run, and where a log goes on that was cut off."""

from __future__ import annotations

import importlib.util
from abc import abstractmethod
from pathlib import Path
from typing import Any

from taskgraft.errors import Phrase, RequestError
from taskgraft.events import EpochDone, Observer, TrainingResumed, TrainingStarted
from taskgraft.execution._events import (
    ReportWritten,
    RoundStarted,
    RunEnded,
    RunFailed,
    RunProgress,
    StudyKept,
    StudyStarted,
)
from taskgraft.history import Epoch
from taskgraft.study import LOGS, FailureRecord, RunRecord, Study, StudyRecord, check_not_linked, run_name


class Logger(Observer):
    """Hears events, and calls what a log has to do for each; all but `on_epoch` does nothing here."""

    def __init__(self) -> None:
        # Of runs that begin, the step that their log goes on behind: known when something more happens.
        self._beginning: dict[str, int] = {}
        self._running: set[str] = set()
        self._is_search = False

    def hear(self, event: Any) -> None:
        """Calls the method of an event; the trials of a search are in no log."""
        if isinstance(event, RoundStarted | StudyStarted):
            self._is_search = isinstance(event, RoundStarted)
        if self._is_search:
            return
        match event:
            case StudyStarted():
                self.on_study(event.directory, event.record)
            case RunProgress():
                self._hear_progress(event.variant, event.seed, event.event)
            case RunEnded(RunRecord() as record):
                self._begin(record.variant, record.seed)
                self._running.remove(record.name)
                self.on_end(record)
            case RunFailed():
                self._begin(event.failure.variant, event.failure.seed)
                self._running.remove(event.failure.name)
                self.on_failure(event.failure)
            case StudyKept():
                self.on_kept(event.study)
            case ReportWritten():
                self.on_report(event.path)

    def _hear_progress(self, variant: str, seed: int, event: Any) -> None:
        name = run_name(variant, seed)
        match event:
            case TrainingStarted():
                self._running.discard(name)
                self._beginning[name] = 0
            case TrainingResumed():
                self._beginning[name] = event.step
            case EpochDone():
                self._begin(variant, seed)
                self.on_epoch(name, event.row)

    def _begin(self, variant: str, seed: int) -> None:
        name = run_name(variant, seed)
        if name not in self._running:
            self._running.add(name)
            self.on_run(variant, seed, self._beginning.pop(name, 0))

    def on_study(self, directory: Path, record: StudyRecord) -> None:
        """A study begins, or goes on."""

    def on_run(self, variant: str, seed: int, step: int) -> None:
        """A run begins; or goes on, and whatever its log has behind this step comes again."""

    @abstractmethod
    def on_epoch(self, run: str, row: Epoch) -> None:
        """An epoch of a run has ended."""

    def on_end(self, record: RunRecord) -> None:
        """A run is finished and written."""

    def on_failure(self, failure: FailureRecord) -> None:
        """A run has failed."""

    def on_kept(self, study: Study) -> None:
        """All that a study has besides its runs is written."""

    def on_report(self, path: Path) -> None:
        """The report is written."""


def log_folder(study: Path, title: str) -> Path:
    """The folder of a log inside a study.

    Raises:
        StudyError: If it, or the one of all logs, is a link.
    """
    folder = study / LOGS / title
    for path in (folder.parent, folder):
        check_not_linked(study, path)
    return folder


def check_extra(extra: str, module: str) -> None:
    """Refuses a log whose extra is not installed.

    Raises:
        RequestError: If it is not.
    """
    if importlib.util.find_spec(module) is None:
        raise RequestError.expected(
            f"the extra '{extra}'",
            "installed",
            Phrase(f"no {module} package"),
            f"pip install taskgraft[{extra}], or choose another log.",
        )
