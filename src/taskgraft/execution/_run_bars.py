"""Bars of a study and of the runs that are under way, on a terminal."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TimeRemainingColumn

from taskgraft.bars import Bars
from taskgraft.execution._clock import RunKey


@dataclass
class _Run:
    text: str
    epochs: float
    bar: TaskID
    epoch_bar: TaskID | None


class StudyBars:
    """Bars with the time left: of the study, and of each run; of one run alone, its epoch's, too.

    Args:
        console: A terminal.
        text: Before the bar of the study.
        total: What is to be done.
        are_several: Whether several runs are under way at once.
    """

    def __init__(self, console: Console, text: str, total: float, *, are_several: bool) -> None:
        self._bars = Bars(
            BarColumn(bar_width=16),
            TaskProgressColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            stay=True,
        )
        self._are_several = are_several
        self._study = self._bars.begin(text, total=total)
        self._runs: dict[RunKey, _Run] = {}
        self._bars.start()

    def extend(self, text: str, total: float) -> None:
        """More is to be done.

        Args:
            text: Before the bar of the study.
            total: What is to be done by now.
        """
        self._bars.rename(self._study, text)
        self._bars.update(self._study, total=total)

    def begin(self, key: RunKey, text: str, epochs: float) -> None:
        """The bars of a run that begins.

        Args:
            key: The run.
            text: Before its bar.
            epochs: Of its recipe.
        """
        bar = self._bars.begin(f"{text}, epoch 1" if self._are_several else text, total=1.0)
        epoch_bar = None if self._are_several else self._bars.begin("epoch 1", total=1.0)
        self._runs[key] = _Run(text, epochs, bar, epoch_bar)

    def move(self, key: RunKey, share: float, done: float) -> None:
        """Moves the bars to where a run and the study stand.

        Args:
            key: The run.
            share: What of it is done, 0 to 1.
            done: What of the study's total is done.
        """
        run = self._runs[key]
        self._bars.update(self._study, completed=done)
        self._bars.update(run.bar, completed=share)
        if run.epoch_bar is not None:
            self._bars.update(run.epoch_bar, completed=share * run.epochs % 1.0)

    def end_epoch(self, key: RunKey, epoch: float, scores: str) -> None:
        """An epoch has ended, and the next one begins.

        Args:
            key: The run.
            epoch: Epochs trained so far.
            scores: Of the epoch.
        """
        run, number = self._runs[key], math.floor(epoch) + 1
        if run.epoch_bar is not None:
            self._bars.rename(run.epoch_bar, f"epoch {number}, {scores}")
        elif epoch < run.epochs:
            self._bars.rename(run.bar, f"{run.text}, epoch {number}")

    def end(self, key: RunKey, done: float) -> None:
        """Removes the bars of a run, which need not have come to their ends."""
        run = self._runs.pop(key, None)
        if run is not None:
            for bar in (run.epoch_bar, run.bar):
                if bar is not None:
                    self._bars.remove_task(bar)
        self._bars.update(self._study, completed=done)

    def stop(self) -> None:
        """Leaves the bars as they are."""
        self._bars.stop()
