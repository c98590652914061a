"""A log in MLflow: an extra, `pip install taskgraft[mlflow]`."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from taskgraft.execution.loggers._logger import Logger, check_extra, log_folder
from taskgraft.execution.loggers._loggers import LOGGERS
from taskgraft.execution.loggers._mistakes import draw_mistakes
from taskgraft.execution.loggers._mlflow_runs import MlflowRuns
from taskgraft.execution.loggers._scalars import of_epoch, of_record
from taskgraft.history import Epoch
from taskgraft.study import MODEL, RESULTS, FailureRecord, RunRecord, Study, StudyRecord, run_directory

_TITLE = "mlflow"
# What MLflow reads, unless it is set: a server that does not answer holds no study up for minutes, plain
# files are a store, and nobody is sent what is done here.
_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
_TALKATIVE = {"mlflow": logging.ERROR, "urllib3.connectionpool": logging.CRITICAL}


@LOGGERS.add(_TITLE)
class MlflowLogger(Logger):
    """Keeps a run for the study, and a run below it for each of its runs.

    Where the address of a server is set (`MLFLOW_TRACKING_URI`, or in Python), there, in the experiment
    `MLFLOW_EXPERIMENT_NAME` or `taskgraft`; else in files, `logs/mlflow` of the study.

    Raises:
        RequestError: If the extra is not installed.
    """

    title = _TITLE

    def __init__(self) -> None:
        check_extra(_TITLE, "mlflow")
        super().__init__()
        self._is_kept = False

    def hear(self, event: Any) -> None:
        """Keeps an event."""
        with _quietly():
            super().hear(event)

    def on_study(self, directory: Path, record: StudyRecord) -> None:
        """Begins the run of the study, or continues it."""
        self._directory = directory
        self._runs = MlflowRuns(_client(directory), directory.absolute().name, record)

    def on_run(self, variant: str, seed: int, step: int) -> None:
        """Begins a run below it, or continues the one that was cut off."""
        self._runs.begin(variant, seed, step)

    def on_epoch(self, run: str, row: Epoch) -> None:
        """Keeps losses, scores and rates of every level."""
        self._runs.keep(run, of_epoch(row), row.step)

    def on_end(self, record: RunRecord) -> None:
        """Keeps the scores on test and val, and the model."""
        self._runs.keep(record.name, of_record(record), record.steps)
        model = run_directory(self._directory, record.variant, record.seed) / MODEL
        self._runs.keep_file(record.name, model)
        self._runs.end(record.name, "FINISHED")

    def on_failure(self, failure: FailureRecord) -> None:
        """Says why the run failed."""
        self._runs.note(failure.name, failure.text or failure.message)
        self._runs.end(failure.name, "FAILED")

    def on_kept(self, study: Study) -> None:
        """Keeps the table of results, and the worst mistakes."""
        self._is_kept = True
        self._runs.keep_file(None, study.directory / RESULTS)
        mistakes = draw_mistakes(study)
        if mistakes is not None:
            self._runs.keep_picture(mistakes, "worst-mistakes.png")

    def on_report(self, path: Path) -> None:
        """Keeps the page."""
        self._runs.keep_file(None, path)

    def close(self) -> None:
        """Ends the runs that are left."""
        if hasattr(self, "_runs"):
            with _quietly():
                self._runs.close("FINISHED" if self._is_kept else "KILLED")


def _client(directory: Path) -> Any:
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # It takes seconds to import.
    from mlflow import MlflowClient  # noqa: PLC0415
    from mlflow.tracking import is_tracking_uri_set  # noqa: PLC0415

    if is_tracking_uri_set():
        return MlflowClient()
    return MlflowClient(tracking_uri=log_folder(directory, _TITLE).absolute().as_uri())


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the lines that MLflow prints between ours; what fails is raised all the same."""
    loggers = {logging.getLogger(name): level for name, level in _TALKATIVE.items()}
    before = {logger: logger.level for logger in loggers}
    for logger, level in loggers.items():
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)
