"""Whoever looks on while a study runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from taskgraft.history import Observer, Silent
from taskgraft.study import FailureRecord, RunRecord


class StudyObserver(Protocol):
    """Hears of a study's progress; does nothing to it."""

    def on_study(self, todo: Sequence[tuple[str, int, float]], num_finished: int) -> None:
        """The study begins: (variant, seed, PFLOP) of the runs to do, and how many are finished."""

    def on_run(self, variant: str, seed: int) -> Observer:
        """A run begins; the answer watches it."""

    def on_run_end(self, record: RunRecord) -> None:
        """A run is finished and written."""

    def on_run_failed(self, failure: FailureRecord) -> None:
        """A run has failed, and the study goes on."""

    def on_run_elsewhere(self, variant: str, seed: int) -> None:
        """A run that was to be done has been done by another process."""

    def on_note(self, text: str) -> None:
        """Something to know, on one line: what is damaged, or waited for."""

    def on_study_end(self) -> None:
        """The study is over, finished or not."""


class SilentStudy:
    """A study observer that looks away."""

    def on_study(self, todo: Sequence[tuple[str, int, float]], num_finished: int) -> None:
        """Nothing."""

    def on_run(self, variant: str, seed: int) -> Observer:
        """Nothing; and the run is not watched either."""
        return Silent()

    def on_run_end(self, record: RunRecord) -> None:
        """Nothing."""

    def on_run_failed(self, failure: FailureRecord) -> None:
        """Nothing."""

    def on_run_elsewhere(self, variant: str, seed: int) -> None:
        """Nothing."""

    def on_note(self, text: str) -> None:
        """Nothing."""

    def on_study_end(self) -> None:
        """Nothing."""
