"""A listener with a method for each kind of event, for tests that care for one or two of them."""

from __future__ import annotations

from typing import Any

from taskgraft.events import (
    BatchServed,
    EpochDone,
    Note,
    StepDone,
    TrainingResumed,
    TrainingStarted,
    WeightsMoved,
)
from taskgraft.execution import (
    RunBegan,
    RunElsewhere,
    RunEnded,
    RunFailed,
    RunProgress,
    StudyNote,
    StudyStarted,
    Waiting,
)
from taskgraft.history import Epoch
from taskgraft.study import FailureRecord, RunRecord


class Listening:
    """Calls the method of an event; they do nothing here."""

    def __call__(self, event: Any) -> None:
        match event:
            case RunProgress():
                self(event.event)
            case StudyStarted():
                self.on_study(event)
            case RunBegan():
                self.on_run(event.variant, event.seed)
            case RunEnded():
                self.on_run_end(event.record)
            case RunFailed():
                self.on_run_failed(event.failure)
            case RunElsewhere():
                self.on_run_elsewhere(event.variant, event.seed)
            case StudyNote() | Waiting() | Note():
                self.on_note(event.text)
            case TrainingStarted():
                self.on_start(event.num_steps)
            case TrainingResumed():
                self.on_resume(event.step)
            case BatchServed():
                self.on_batch()
            case WeightsMoved():
                self.on_update()
            case StepDone():
                self.on_step(event.step)
            case EpochDone():
                self.on_epoch(event.row)

    def on_study(self, started: StudyStarted) -> None: ...
    def on_run(self, variant: str, seed: int) -> None: ...
    def on_run_end(self, record: RunRecord) -> None: ...
    def on_run_failed(self, failure: FailureRecord) -> None: ...
    def on_run_elsewhere(self, variant: str, seed: int) -> None: ...
    def on_note(self, text: str) -> None: ...
    def on_start(self, num_steps: int) -> None: ...
    def on_resume(self, step: int) -> None: ...
    def on_batch(self) -> None: ...
    def on_update(self) -> None: ...
    def on_step(self, step: int) -> None: ...
    def on_epoch(self, row: Epoch) -> None: ...
