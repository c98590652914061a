"""What passes from a node to the driver: pickled values, each small enough to come with the answer itself."""

from __future__ import annotations

from dataclasses import dataclass

from taskgraft.errors import TaskgraftError
from taskgraft.execution._events import EngineEvent
from taskgraft.execution.engines._messages import Bug


@dataclass(frozen=True)
class Heard:
    """Events of a run, in order.

    Attributes:
        events: What happened since the last of these.
    """

    events: tuple[EngineEvent, ...]


@dataclass(frozen=True)
class Piece:
    """A part of a file of a run's directory; those of a file come in order.

    Attributes:
        name: Of the file.
        content: The part.
        digest: SHA-256 of the whole file with its last part; None before.
    """

    name: str
    content: bytes
    digest: str | None = None


@dataclass(frozen=True)
class Over:
    """A run is over, and all its files are sent.

    Attributes:
        event: Its last event.
        names: The files that stand now.
    """

    event: EngineEvent
    names: tuple[str, ...]


@dataclass(frozen=True)
class Halted:
    """A run has been stopped between two steps, and its checkpoint is sent."""


@dataclass(frozen=True)
class Faulted:
    """A node cannot do this run.

    Attributes:
        error: Why.
    """

    error: TaskgraftError


Message = Heard | Piece | Over | Halted | Faulted | Bug
