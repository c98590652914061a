"""Shows a study's progress on standard error: live bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.console import Console

from taskgraft.bars import error_console, note_on
from taskgraft.events import EpochDone, Note, RunEvent, StepDone, TrainingResumed, TrainingStarted
from taskgraft.execution._clock import Clock, RunKey, duration
from taskgraft.execution._events import (
    RoundStarted,
    RunBegan,
    RunElsewhere,
    RunEnded,
    RunFailed,
    RunProgress,
    StudyEnded,
    StudyEvent,
    StudyNote,
    StudyStarted,
    Waiting,
)
from taskgraft.execution._run_bars import StudyBars
from taskgraft.execution._run_spec import run_label
from taskgraft.execution._trial_spec import LENGTH_RATIO
from taskgraft.history import Epoch
from taskgraft.parameter import Spelling, in_python, spelled
from taskgraft.study import Request, RunRecord, TrialRecord


def progress_for(
    request: Request, console: Console | None = None, spelling: Spelling = in_python
) -> Callable[[StudyEvent], None]:
    """The listener that suits standard error: live bars on a terminal, a line an epoch anywhere else.

    Args:
        request: What is run.
        console: In place of standard error.
        spelling: How whoever reads it spells parameters.
    """
    console = console or error_console()
    epochs = {variant.name: variant.recipe.epochs for variant in request.variants}
    return (LiveProgress if console.is_terminal else PlainProgress)(console, epochs, spelling).show


class Progress:
    """What both ways to show it have in common: which event means what for the clock.

    Args:
        console: Where it is shown.
        epochs: Of the recipe, by the name of the variant.
        spelling: How whoever reads it spells parameters.
    """

    def __init__(self, console: Console, epochs: Mapping[str, float], spelling: Spelling = in_python) -> None:
        self._console = console
        self._spelling = spelling
        self._epochs = epochs
        self._clock: Clock
        self._num_todo = self._num_begun = 0
        # Whether the runs are trials, and whether more of them may come.
        self._is_search = self._is_searching = False
        self._numbers: dict[RunKey, int] = {}
        self._num_steps: dict[RunKey, int] = {}

    def show(self, event: StudyEvent) -> None:
        """Shows an event."""
        match event:
            case RoundStarted() if self._is_searching:
                self._clock.add(event)
                self._num_todo += len(event.todo)
                self.on_more()
            case StudyStarted() | RoundStarted():
                self._clock, self._num_todo, self._num_begun = Clock(event), len(event.todo), 0
                self._is_search = self._is_searching = isinstance(event, RoundStarted)
                self.on_study(event)
            case RunBegan():
                key = (event.variant, event.seed)
                self._count(key)
                self._clock.begin(key)
                self.on_run(key)
            case RunProgress():
                self._show_progress((event.variant, event.seed), event.event)
            case RunEnded():
                key = (event.record.variant, event.record.seed)
                self._clock.end(key)
                self.on_over(key, f"done, {describe_run(event.record)}")
            case RunFailed():
                key = (event.failure.variant, event.failure.seed)
                self._clock.leave_out(key)
                self.on_over(key, f"failed. {event.failure.spelled(self._spelling)}")
            case RunElsewhere():
                key = (event.variant, event.seed)
                self._count(key)
                self._clock.leave_out(key)
                self.on_over(key, "done by another process")
            case StudyNote() | Waiting():
                self.line(event.text)
            case StudyEnded():
                self._is_searching = False
                self.on_end()

    def _count(self, key: RunKey) -> None:
        self._num_begun += 1
        self._numbers[key] = self._num_begun

    def _show_progress(self, key: RunKey, event: RunEvent) -> None:
        match event:
            case TrainingStarted():
                self._num_steps[key] = event.num_steps
            case TrainingResumed():
                share = event.step / self._num_steps[key]
                self._clock.resume(key, share)
                self.line(f"{self.label(key)}: goes on behind step {event.step} of {self._num_steps[key]}")
                self.on_step(key)
            case Note():
                self.line(event.text)
            case StepDone():
                self._clock.shares[key] = event.step / self._num_steps[key]
                self.on_step(key)
            case EpochDone():
                self._clock.shares[key] = event.row.step / self._num_steps[key]
                self.on_epoch(key, event.row)

    def label(self, key: RunKey) -> str:
        """What a line about a run begins with."""
        return f"[{self._numbers[key]}/{self._num_todo}] {self.title(key)}"

    def title(self, key: RunKey) -> str:
        """What a run, or a trial, is called."""
        return run_label(*key, is_trial=self._is_search)

    def epochs_of(self, key: RunKey) -> float:
        """How long a run is; a trial is shorter."""
        variant, _ = key
        return self._epochs[variant] * (LENGTH_RATIO if self._is_search else 1)

    def line(self, text: str) -> None:
        """Prints a line."""
        note_on(self._console, spelled(text, self._spelling))

    def on_study(self, event: StudyStarted | RoundStarted) -> None:
        """The study begins."""

    def on_more(self) -> None:
        """More trials are to be done."""

    def on_run(self, key: RunKey) -> None:
        """A run begins."""

    def on_step(self, key: RunKey) -> None:
        """A run has moved on."""

    def on_epoch(self, key: RunKey, row: Epoch) -> None:
        """An epoch of a run has ended."""

    def on_over(self, key: RunKey, outcome: str) -> None:
        """A run is over."""
        self.line(f"{self.label(key)}: {outcome}")

    def on_end(self) -> None:
        """The study is over."""


class PlainProgress(Progress):
    """A line when a run begins, one for each epoch, one when the run ends."""

    def on_study(self, event: StudyStarted | RoundStarted) -> None:
        """How much there is to do, and how many runs at once."""
        if event.num_finished:
            self.line(f"finished already: {event.num_finished}; to do: {len(event.todo)}")
        if event.todo and event.are_several:
            self.line(f"runs at once: {event.jobs_and_threads}")

    def on_run(self, key: RunKey) -> None:
        """A line."""
        self.line(f"{self.label(key)}: begins")

    def on_epoch(self, key: RunKey, row: Epoch) -> None:
        """A line with loss, scores and the time that is left."""
        run_left, study_left = self._clock.left(key)
        self.line(
            f"{self.label(key)}: epoch {row.epoch:g}/{self.epochs_of(key):g}, loss {row.train_loss:.3f}, "
            f"val % {describe_val(row)}, {row.seconds:.0f} s, "
            f"left: run {duration(run_left)}, study {duration(study_left)}"
        )


class LiveProgress(Progress):
    """A bar for the study, and one or two for each run under way; a line for each run that is over."""

    def on_study(self, event: StudyStarted | RoundStarted) -> None:
        """The bar of the study."""
        before = f", {event.num_finished} finished before" if event.num_finished else ""
        at_once = f", {event.jobs_and_threads}" if event.are_several else ""
        self._ending = before + at_once
        total, several = self._clock.total, event.are_several
        self._bars = StudyBars(self._console, self._text, total, are_several=several)

    @property
    def _text(self) -> str:
        return f"study: {self._num_todo} to do{self._ending}"

    def on_more(self) -> None:
        """The bar of the study is of more."""
        self._bars.extend(self._text, self._clock.total)

    def on_run(self, key: RunKey) -> None:
        """The bars of the run."""
        self._bars.begin(key, f"run {self._numbers[key]}: {self.title(key)}", self.epochs_of(key))

    def on_step(self, key: RunKey) -> None:
        """Moves the bars."""
        self._bars.move(key, self._clock.shares[key], self._clock.done)

    def on_epoch(self, key: RunKey, row: Epoch) -> None:
        """Puts the last epoch's validation scores beside the bar of the next."""
        self._bars.end_epoch(key, row.epoch, f"so far val % {describe_val(row)}")

    def on_over(self, key: RunKey, outcome: str) -> None:
        """Takes the bars of the run away."""
        self._bars.end(key, self._clock.done)
        super().on_over(key, outcome)

    def on_end(self) -> None:
        """The bars stay where they are."""
        self._bars.stop()


def describe_run(record: RunRecord | TrialRecord) -> str:
    """Test accuracies and seconds of a finished run in a few words; of a trial what came of it on val."""
    if isinstance(record, TrialRecord):
        values = ", ".join(f"{path}={value:.4g}" for path, value in record.trial.values.items())
        return f"{record.trial.state}, val {100 * record.trial.score:.1f} % with {values}"
    accuracies = {
        name.removeprefix("accuracy."): value
        for name, value in record.scores.items()
        if name.startswith("accuracy.")
    }
    scores = ", ".join(f"{level} {100 * value:.1f} %" for level, value in accuracies.items())
    return f"test {scores}, {record.cost.train_seconds:.0f} s"


def describe_val(row: Epoch) -> str:
    """Validation accuracies of an epoch, in per cent."""
    return " ".join(f"{level} {100 * a:.1f}" for level, a in row.val_accuracies.items())
