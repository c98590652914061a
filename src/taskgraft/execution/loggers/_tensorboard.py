"""A log that TensorBoard shows: an extra, `pip install taskgraft[tensorboard]`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from taskgraft.execution.loggers._logger import Logger, check_extra, log_folder
from taskgraft.execution.loggers._loggers import LOGGERS
from taskgraft.execution.loggers._mistakes import draw_mistakes
from taskgraft.execution.loggers._scalars import Scalar, of_epoch, of_record
from taskgraft.history import Epoch
from taskgraft.recipe import recipe_text
from taskgraft.study import FailureRecord, RunRecord, Study, StudyRecord, run_name

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

_TITLE = "tensorboard"
_STUDY = "study"


@LOGGERS.add(_TITLE)
class TensorboardLogger(Logger):
    """Writes `logs/tensorboard` of a study, a folder a run: `tensorboard --logdir STUDY/logs/tensorboard`.

    Raises:
        RequestError: If the extra is not installed.
    """

    title = _TITLE

    def __init__(self) -> None:
        check_extra(_TITLE, "tensorboard")
        super().__init__()
        self._writers: dict[str, SummaryWriter] = {}

    def on_study(self, directory: Path, record: StudyRecord) -> None:
        """Finds the folder."""
        self._folder, self._record = log_folder(directory, _TITLE), record

    def on_run(self, variant: str, seed: int, step: int) -> None:
        """Opens the run's folder; what it has behind the step is not shown any more."""
        name = run_name(variant, seed)
        self._close(name)
        writer = self._writers[name] = self._open(name, step + 1)
        if step == 0:
            writer.add_text("recipe", _as_code(recipe_text(self._record.request.variant(variant).recipe)))
            writer.flush()

    def on_epoch(self, run: str, row: Epoch) -> None:
        """Adds losses, scores and rates of every level."""
        self._add(run, of_epoch(row), row.step)

    def on_end(self, record: RunRecord) -> None:
        """Adds the scores on test and val."""
        self._add(record.name, of_record(record), record.steps)
        self._close(record.name)

    def on_failure(self, failure: FailureRecord) -> None:
        """Adds why the run failed."""
        if failure.name in self._writers:
            self._writers[failure.name].add_text("failure", _as_code(failure.text or failure.message))
            self._close(failure.name)

    def on_kept(self, study: Study) -> None:
        """Adds the worst mistakes, below `study`."""
        mistakes = draw_mistakes(study)
        if mistakes is not None:
            writer = self._writers[_STUDY] = self._open(_STUDY, None)
            writer.add_image("worst mistakes", np.asarray(mistakes), len(study.runs), dataformats="HWC")
            self._close(_STUDY)

    def close(self) -> None:
        """Writes what is left."""
        for name in tuple(self._writers):
            self._close(name)

    def _open(self, name: str, first_step: int | None) -> SummaryWriter:
        # It takes a second to import.
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415

        writer: SummaryWriter = SummaryWriter(str(self._folder / name), purge_step=first_step)
        return writer

    def _add(self, run: str, scalars: Iterable[Scalar], step: int) -> None:
        writer = self._writers[run]
        for each in scalars:
            writer.add_scalar(f"{each.name}/{each.level}" if each.level else each.name, each.value, step)
        writer.flush()

    def _close(self, name: str) -> None:
        if name in self._writers:
            self._writers.pop(name).close()


def _as_code(text: str) -> str:
    """A text as TensorBoard's Markdown shows it letter by letter."""
    return "".join(f"    {line}\n" for line in text.splitlines())
