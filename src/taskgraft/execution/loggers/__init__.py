"""Logs of a study by name: observers that keep scalars, pictures and files where people look for them."""

from taskgraft.execution.loggers._csv import CsvLogger
from taskgraft.execution.loggers._loggers import LOGGERS, observers_of
from taskgraft.execution.loggers._mlflow import MlflowLogger
from taskgraft.execution.loggers._tensorboard import TensorboardLogger

__all__ = [
    "LOGGERS",
    "CsvLogger",
    "MlflowLogger",
    "TensorboardLogger",
    "observers_of",
]
