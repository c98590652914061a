"""Loggers by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from taskgraft.errors import unknown_name
from taskgraft.events import Observer
from taskgraft.parameter import Parameter
from taskgraft.registry import Registry

LOGGERS: Registry[Callable[[], Observer]] = Registry("the log")
"""What makes an observer, without arguments, by the name of its log: it refuses what it cannot work without,
and opens nothing yet."""


def observers_of(log: Iterable[str | Observer]) -> tuple[Observer, ...]:
    """The observers of a study: loggers made by their names, others as they are.

    Raises:
        RequestError: If there is no logger of a name, or its extra is not installed.

    Example:
        >>> [observer.title for observer in observers_of(["csv"])]
        ['csv']
    """
    return tuple(_made(one) if isinstance(one, str) else one for one in log)


def _made(name: str) -> Observer:
    if name not in LOGGERS:
        raise unknown_name(Parameter("log"), name, LOGGERS)
    return LOGGERS[name]()
