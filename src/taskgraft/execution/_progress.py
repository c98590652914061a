"""Shows a study's progress on standard error: live bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TimeRemainingColumn

from taskgraft.bars import Bars, error_console, note_on
from taskgraft.execution._observer import StudyObserver
from taskgraft.history import Epoch, Observer, Silent
from taskgraft.study import FailureRecord, Request, RunRecord


def progress_for(request: Request, console: Console | None = None) -> StudyObserver:
    """The observer that suits standard error: live bars on a terminal, a line an epoch anywhere else.

    Args:
        request: What is run.
        console: In place of standard error.
    """
    console = console or error_console()
    epochs = {variant.name: variant.recipe.epochs for variant in request.variants}
    return _LiveStudy(console, epochs) if console.is_terminal else _PlainStudy(console, epochs)


class _Clock:
    """Tells how long a study and its run still take, in proportion to the PFLOP left."""

    def __init__(self, todo: Sequence[tuple[str, int, float]]) -> None:
        self._started = time.monotonic()
        self._total = sum(pflop for *_, pflop in todo) or 1.0
        self._done = self._done_before = 0.0
        self.run_pflop = 0.0

    def end_run(self) -> None:
        self._done += self.run_pflop

    def resume(self, run_share: float) -> None:
        """This share of the run was done before the clock began."""
        self._done_before += self.run_pflop * run_share

    def leave_out(self, pflop: float) -> None:
        """A run that another process has done takes no time of ours."""
        self._total -= pflop

    def left(self, run_share: float) -> tuple[float, float]:
        """Seconds left for the run and for the study, when this share of the run is done."""
        done = self._done + self.run_pflop * run_share
        per_pflop = (time.monotonic() - self._started) / max(done - self._done_before, 1e-12)
        return self.run_pflop * (1 - run_share) * per_pflop, (self._total - done) * per_pflop


class _PlainStudy:
    """A line when a run begins, one for each epoch, one when the run ends."""

    def __init__(self, console: Console, epochs: Mapping[str, float]) -> None:
        self._console = console
        self._epochs_of = epochs
        self._number = 0

    def on_study(self, todo: Sequence[tuple[str, int, float]], num_finished: int) -> None:
        self._pflop = {(variant, seed): pflop for variant, seed, pflop in todo}
        self._num_todo, self._clock = len(todo), _Clock(todo)
        if num_finished:
            self._line(f"finished already: {num_finished}; to do: {len(todo)}")

    def on_run(self, variant: str, seed: int) -> Observer:
        self._clock.run_pflop = self._pflop[variant, seed]
        self._epochs = self._epochs_of[variant]
        self._number += 1
        self.label = f"[{self._number}/{self._num_todo}] {variant} seed {seed}"
        self._line(f"{self.label}: begins")
        return _PlainRun(self)

    def on_run_end(self, record: RunRecord) -> None:
        self._clock.end_run()
        self._line(f"{self.label}: done, {describe_run(record)}")

    def on_run_failed(self, failure: FailureRecord) -> None:
        self._clock.leave_out(self._clock.run_pflop)
        self._line(f"{self.label}: failed. {failure.message}")

    def on_run_elsewhere(self, variant: str, seed: int) -> None:
        self._number += 1
        self._clock.leave_out(self._pflop[variant, seed])
        self._line(f"[{self._number}/{self._num_todo}] {variant} seed {seed}: done by another process")

    def on_note(self, text: str) -> None:
        self._line(text)

    def on_study_end(self) -> None:
        """Nothing more to say."""

    def resume(self, step: int, num_steps: int) -> None:
        self._clock.resume(step / num_steps)
        self._line(f"{self.label}: goes on behind step {step} of {num_steps}")

    def epoch_line(self, row: Epoch, num_steps: int) -> None:
        run_left, study_left = self._clock.left(row.step / num_steps)
        self._line(
            f"{self.label}: epoch {row.epoch:g}/{self._epochs:g}, loss {row.train_loss:.3f}, "
            f"val % {describe_val(row)}, {row.seconds:.0f} s, "
            f"left: run {_duration(run_left)}, study {_duration(study_left)}"
        )

    def _line(self, text: str) -> None:
        note_on(self._console, text)


class _PlainRun(Silent):
    def __init__(self, study: _PlainStudy) -> None:
        self._study = study

    def on_start(self, num_steps: int) -> None:
        self._num_steps = num_steps

    def on_resume(self, step: int) -> None:
        self._study.resume(step, self._num_steps)

    def on_note(self, text: str) -> None:
        self._study.on_note(text)

    def on_epoch(self, row: Epoch) -> None:
        self._study.epoch_line(row, self._num_steps)


class _LiveStudy:
    """Three bars with the time left, for the study, the run and the epoch; a line for each run that ended."""

    def __init__(self, console: Console, epochs: Mapping[str, float]) -> None:
        self._bars = Bars(
            BarColumn(bar_width=16),
            TaskProgressColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            stay=True,
        )
        self._epochs_of = epochs
        self._number = 0
        self._pflop_done = 0.0

    def on_study(self, todo: Sequence[tuple[str, int, float]], num_finished: int) -> None:
        self._pflop_of = {(variant, seed): pflop for variant, seed, pflop in todo}
        before = f", {num_finished} finished before" if num_finished else ""
        total = sum(pflop for *_, pflop in todo)
        self._study = self._bars.begin(f"study: {len(todo)} to do{before}", total=total)
        self._bars.start()

    def on_run(self, variant: str, seed: int) -> Observer:
        self._pflop = self._pflop_of[variant, seed]
        self._epochs = self._epochs_of[variant]
        self._number += 1
        self._run = self._bars.begin(f"run {self._number}: {variant} seed {seed}", total=1.0)
        self._epoch = self._bars.begin("epoch 1", total=1.0)
        return _LiveRun(self)

    def on_run_end(self, record: RunRecord) -> None:
        self._end_run()
        self.on_note(f"{record.variant} seed {record.seed}: {describe_run(record)}")

    def on_run_failed(self, failure: FailureRecord) -> None:
        self._end_run()
        self.on_note(f"{failure.variant} seed {failure.seed} failed. {failure.message}")

    def on_run_elsewhere(self, variant: str, seed: int) -> None:
        self._number += 1
        self._pflop_done += self._pflop_of[variant, seed]
        self._bars.update(self._study, completed=self._pflop_done)
        self.on_note(f"{variant} seed {seed}: done by another process")

    def on_note(self, text: str) -> None:
        note_on(self._bars.console, text)

    def on_study_end(self) -> None:
        self._bars.stop()

    def _end_run(self) -> None:
        self._bars.remove_task(self._epoch)
        self._bars.remove_task(self._run)
        # A run that stopped early, or failed, is over all the same.
        self._pflop_done += self._pflop
        self._bars.update(self._study, completed=self._pflop_done)

    def show_step(self, run_share: float) -> None:
        """Moves all three bars to where the run stands, 0 to 1."""
        self._bars.update(self._study, completed=self._pflop_done + self._pflop * run_share)
        self._bars.update(self._run, completed=run_share)
        self._bars.update(self._epoch, completed=run_share * self._epochs % 1.0)

    def show_epoch(self, row: Epoch) -> None:
        """Puts the last epoch's validation scores beside the bar of the next."""
        text = f"epoch {math.floor(row.epoch) + 1}, so far val % {describe_val(row)}"
        self._bars.rename(self._epoch, text)


class _LiveRun(Silent):
    def __init__(self, study: _LiveStudy) -> None:
        self._study = study

    def on_start(self, num_steps: int) -> None:
        self._num_steps = num_steps

    def on_resume(self, step: int) -> None:
        self._study.on_note(f"The run goes on behind step {step} of {self._num_steps}.")
        self.on_step(step)

    def on_note(self, text: str) -> None:
        self._study.on_note(text)

    def on_step(self, step: int) -> None:
        self._study.show_step(step / self._num_steps)

    def on_epoch(self, row: Epoch) -> None:
        self._study.show_epoch(row)


def describe_run(record: RunRecord) -> str:
    """Test accuracies and seconds of a finished run in a few words."""
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


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{rest:02d}s"
