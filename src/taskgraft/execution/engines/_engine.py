"""The place to extend how runs are done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from taskgraft.execution._events import EngineEvent
from taskgraft.execution._run_spec import RunSpec


@dataclass(frozen=True)
class Placement:
    """Where an engine would do runs.

    Attributes:
        num_at_once: How many at once.
        lines: What each needs, and how many there are room for where.
    """

    num_at_once: int
    lines: tuple[str, ...]


class Engine(ABC):
    """Does runs, anywhere, and says what happens.

    What a run results in is its directory; events are for whoever watches. An engine that closes early, since
    nobody asks for more events, leaves every unfinished run so that it can go on later.
    """

    @abstractmethod
    def run(self, specs: Sequence[RunSpec]) -> Iterator[EngineEvent]:
        """Does each run once, in this order or another.

        Args:
            specs: The runs. Whoever takes an event may add to them before taking the next: an engine that
                looks again keeps its workers at work, any other is called once more, with what was added.

        Yields:
            What happens: of each run its events in order, the last of them a `RunEnded`, a `RunFailed` or a
            `RunElsewhere`. Those of several runs may alternate.

        Raises:
            TaskgraftError: If nothing can go on, such as for a full disk.
        """

    def place(self, specs: Sequence[RunSpec]) -> Placement | None:
        """Where it would do runs; None from one that does not say.

        Args:
            specs: One or more.

        Raises:
            RequestError: If it cannot do them.
        """
        return None

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Lets go of what it holds; it may be used again."""
