"""Whoever hears what happens in a study: one listener, which may end it, and observers, which may not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from taskgraft.errors import TaskgraftError
from taskgraft.events import Observer
from taskgraft.execution._events import StudyNote
from taskgraft.legible import one_line, shortened

_LONGEST = 200
# Libraries end the process where they give up; a stop by the user stays one.
_FAULTS = (Exception, SystemExit)


class Observers:
    """A listener, with observers beside it, each of which may fail without the study.

    Args:
        listener: Hears each event first, and of every observer that fails; what it raises goes on.
        observers: Hear each event after it.

    Example:
        >>> class Broken(Observer):
        ...     def hear(self, event):
        ...         raise OSError("the disk is full")
        >>> with Observers(lambda event: print(event.text), [Broken()]) as observers:
        ...     observers(StudyNote("It begins."))
        ...     observers(StudyNote("It ends."))
        It begins.
        The log Broken is off from here on, and the study goes on: OSError, the disk is full.
        It ends.
    """

    def __init__(self, listener: Callable[[Any], None], observers: Iterable[Observer]) -> None:
        self._listener = listener
        self._observers = list(observers)

    def __call__(self, event: Any) -> None:
        """Has everybody hear an event."""
        self._listener(event)
        for observer in tuple(self._observers):
            try:
                observer.hear(event)
            except _FAULTS as error:
                self._turn_off(observer, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for observer in tuple(self._observers):
            try:
                observer.close()
            except _FAULTS as fault:
                self._observers.remove(observer)
                self._say(observer, fault)

    def _turn_off(self, observer: Observer, error: BaseException) -> None:
        self._observers.remove(observer)
        with suppress(*_FAULTS):
            observer.close()
        self._say(observer, error)

    def _say(self, observer: Observer, error: BaseException) -> None:
        why = " ".join(str(error).split()).removesuffix(".")
        if not isinstance(error, TaskgraftError):
            why = f"{type(error).__name__}, {why}" if why else type(error).__name__
        line = shortened(one_line(why), _LONGEST)
        self._listener(
            StudyNote(f"The log {_title(observer)} is off from here on, and the study goes on: {line}.")
        )


def _title(observer: Observer) -> str:
    """What it calls itself; it may fail at that, too."""
    try:
        return one_line(str(observer.title))
    except _FAULTS:
        return type(observer).__name__
