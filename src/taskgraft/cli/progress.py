"""Shows a study's progress on standard error: live bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from taskgraft.study.observer import StudyObserver
from taskgraft.study.records import RunRecord
from taskgraft.training.history import Epoch, Observer


def progress_for(console: Console, epochs: float) -> StudyObserver:
    """The observer that suits a console: live on a terminal, a line an epoch anywhere else."""
    return _LiveStudy(console, epochs) if console.is_terminal else _PlainStudy(console, epochs)


class _Clock:
    """Tells how long a study and its run still take, in proportion to the PFLOP left."""

    def __init__(self, todo: Sequence[tuple[str, int, float]]) -> None:
        self._started = time.monotonic()
        self._total = sum(pflop for *_, pflop in todo) or 1.0
        self._done = 0.0
        self.run_pflop = 0.0

    def end_run(self) -> None:
        self._done += self.run_pflop

    def left(self, run_share: float) -> tuple[float, float]:
        """Seconds left for the run and for the study, when this share of the run is done."""
        done = self._done + self.run_pflop * run_share
        per_pflop = (time.monotonic() - self._started) / max(done, 1e-12)
        return self.run_pflop * (1 - run_share) * per_pflop, (self._total - done) * per_pflop


class _PlainStudy:
    """A line when a run begins, one for each epoch, one when the run ends."""

    def __init__(self, console: Console, epochs: float) -> None:
        self._console = console
        self._epochs = epochs
        self._number = 0

    def on_study(self, todo: Sequence[tuple[str, int, float]], num_finished: int) -> None:
        self._todo, self._clock = list(todo), _Clock(todo)
        if num_finished:
            self._line(f"{num_finished} runs are finished already; {len(todo)} to do")

    def on_run(self, architecture: str, seed: int) -> Observer:
        self._clock.run_pflop = self._todo[self._number][2]
        self._number += 1
        self.label = f"[{self._number}/{len(self._todo)}] {architecture} seed {seed}"
        self._line(f"{self.label}: begins")
        return _PlainRun(self)

    def on_run_end(self, record: RunRecord) -> None:
        self._clock.end_run()
        scores = ", ".join(f"{level} {100 * a:.1f} %" for level, a in record.scores.accuracies.items())
        self._line(f"{self.label}: done, test {scores}, {record.cost.train_seconds:.0f} s")

    def on_study_end(self) -> None:
        """Nothing more to say."""

    def epoch_line(self, row: Epoch, num_steps: int) -> None:
        run_left, study_left = self._clock.left(row.step / num_steps)
        self._line(
            f"{self.label}: epoch {row.epoch:g}/{self._epochs:g}, {describe_epoch(row)}, "
            f"left: run {_duration(run_left)}, study {_duration(study_left)}"
        )

    def _line(self, text: str) -> None:
        # Never wrapped: a log line is one line, whatever the width of what reads it.
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class _PlainRun:
    def __init__(self, study: _PlainStudy) -> None:
        self._study = study

    def on_start(self, num_steps: int) -> None:
        self._num_steps = num_steps

    def on_step(self, step: int) -> None:
        """A step is too little for a line."""

    def on_epoch(self, row: Epoch) -> None:
        self._study.epoch_line(row, self._num_steps)


class _LiveStudy:
    """Three bars with the time left: the epoch, the run, the study."""

    def __init__(self, console: Console, epochs: float) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=16), TaskProgressColumn(),
            TimeRemainingColumn(elapsed_when_finished=True), TextColumn("{task.fields[note]}"),
            console=console, refresh_per_second=4,
        )  # fmt: skip
        self._epochs = epochs
        self._number = 0

    def on_study(self, todo: Sequence[tuple[str, int, float]], num_finished: int) -> None:
        self._todo, self._clock = list(todo), _Clock(todo)
        note = f"{num_finished} finished before" if num_finished else ""
        total = sum(pflop for *_, pflop in todo)
        self._study = self._progress.add_task(f"study, {len(todo)} runs", total=total, note=note)
        self._progress.start()

    def on_run(self, architecture: str, seed: int) -> Observer:
        self._pflop = self._todo[self._number][2]
        self._number += 1
        name = f"run {self._number}: {escape(architecture)} {seed}"
        self._run = self._progress.add_task(name, total=1.0, note="")
        self._epoch = self._progress.add_task("epoch", total=1.0, note="")
        return _LiveRun(self._progress, self._study, self._run, self._epoch, self._pflop, self._epochs)

    def on_run_end(self, record: RunRecord) -> None:
        self._progress.remove_task(self._epoch)
        self._progress.remove_task(self._run)
        scores = ", ".join(f"{level} {100 * a:.1f} %" for level, a in record.scores.accuracies.items())
        line = f"{record.architecture} seed {record.seed}: test {scores}, {record.cost.train_seconds:.0f} s"
        self._progress.console.print(line, markup=False, highlight=False)

    def on_study_end(self) -> None:
        self._progress.stop()


class _LiveRun:
    def __init__(
        self, progress: Progress, study: TaskID, run: TaskID, epoch: TaskID, pflop: float, epochs: float
    ) -> None:
        self._progress, self._study, self._run, self._epoch = progress, study, run, epoch
        self._pflop, self._epochs = pflop, epochs

    def on_start(self, num_steps: int) -> None:
        self._num_steps = num_steps
        self._per_epoch = num_steps / self._epochs

    def on_step(self, step: int) -> None:
        self._progress.advance(self._study, self._pflop / self._num_steps)
        self._progress.update(self._run, completed=step / self._num_steps)
        within = (step / self._per_epoch) % 1.0
        self._progress.update(self._epoch, completed=within)

    def on_epoch(self, row: Epoch) -> None:
        self._progress.update(self._epoch, description=f"epoch {row.epoch:g}/{self._epochs:g}")
        self._progress.update(self._run, note=describe_epoch(row, short=True))


def describe_epoch(row: Epoch, *, short: bool = False) -> str:
    """Losses and validation accuracies of an epoch in a few words."""
    val = " ".join(f"{level} {100 * a:.1f}" for level, a in row.val_accuracies.items())
    return f"val {val}" if short else f"loss {row.train_loss:.3f}, val % {val}, {row.seconds:.0f} s"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{rest:02d}s"
