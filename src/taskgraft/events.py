"""What happens in a run while it trains, as plain values that any process can pass on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from taskgraft.history import Epoch

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class TrainingStarted:
    """Training is about to begin, or to go on.

    Attributes:
        num_steps: Of the run, from its first step to its last.
    """

    num_steps: int


@dataclass(frozen=True, slots=True)
class TrainingResumed:
    """Training goes on from a checkpoint.

    Attributes:
        step: The last step that is done.
        history: The epochs that are over; not compared.
    """

    step: int
    history: tuple[Epoch, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know, such as a checkpoint that is of no use.

    Attributes:
        text: One line.
    """

    text: str


@dataclass(frozen=True, slots=True)
class BatchServed:
    """The images of a step are ready; the network has not seen them yet."""


@dataclass(frozen=True, slots=True)
class WeightsMoved:
    """The optimizer has moved the weights; the step is not counted yet."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step is done.

    Attributes:
        step: Which, counted from 1.
    """

    step: int


@dataclass(frozen=True, slots=True)
class EpochDone:
    """An epoch has ended and was validated.

    Attributes:
        row: What the history keeps of it.
    """

    row: Epoch


RunEvent = TrainingStarted | TrainingResumed | Note | BatchServed | WeightsMoved | StepDone | EpochDone


class Observer(ABC):
    """Hears what happens in a study, beside whatever shows its progress: the place to add a log.

    Events come in order, in the process of the command, from runs in other processes too. An observer that
    raises is closed and hears no more; the study goes on.

    Example:
        >>> class Steps(Observer):
        ...     def hear(self, event):
        ...         print(event)
        >>> Steps().hear(StepDone(3))
        StepDone(step=3)
    """

    @property
    def title(self) -> str:
        """What a line about it calls it."""
        return type(self).__name__

    @abstractmethod
    def hear(self, event: Any) -> None:
        """Takes in an event.

        Args:
            event: One of `taskgraft.execution`, such as `RunEnded`; what happens within a run stands in a
                `RunProgress`.
        """

    def close(self) -> None:  # noqa: B027
        """Nothing more happens: the study is done, or an error has ended it. Called once."""


def silent(event: object) -> None:
    """A listener that does nothing.

    Args:
        event: Any.
    """


def drained(events: Generator[Any, None, Result], listener: Callable[[Any], None] = silent) -> Result:
    """Goes through events to their end; what their generator returns.

    Args:
        events: A generator of events.
        listener: Called with each.

    Example:
        >>> def counted():
        ...     yield StepDone(1)
        ...     yield StepDone(2)
        ...     return "trained"
        >>> drained(counted(), print)
        StepDone(step=1)
        StepDone(step=2)
        'trained'
    """
    try:
        while True:
            listener(next(events))
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        # A listener that raises ends the work, too.
        events.close()
