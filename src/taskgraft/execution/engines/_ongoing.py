"""An engine that goes on: whatever comes next is done by the workers that are at work."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence

from taskgraft.execution._events import EngineEvent, run_over
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._engine import Engine


class Ongoing(Engine):
    """Keeps the workers of another engine between two calls, and lets runs be added while it works.

    An engine that does not look at its list again is called once more, with the runs that are left.

    Args:
        engine: Does the runs. It is not closed with this one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._specs: list[RunSpec] = []
        self._left: dict[str, RunSpec] = {}
        self._events: Generator[EngineEvent, None, None] | None = None
        self._has_ended_one = False

    def add(self, specs: Iterable[RunSpec]) -> None:
        """Has more runs done, from the next event on."""
        for spec in specs:
            self._specs.append(spec)
            self._left[spec.name] = spec

    def run(self, specs: Sequence[RunSpec]) -> Iterator[EngineEvent]:
        """Does the runs, and those that are added meanwhile."""
        self.add(specs)
        while self._left:
            event = next(self._events or self._begin(), None)
            if event is not None:
                has_ended = self._left.pop(run_over(event) or "", None) is not None
                self._has_ended_one |= has_ended
                yield event
                continue
            self._events = None
            if not self._has_ended_one:
                # Whatever its reasons are, it would do no more if it were called again.
                self._left.clear()

    def close(self) -> None:
        """Ends the workers; what they do is saved, and can go on later."""
        events, self._events = self._events, None
        if events is not None:
            events.close()

    def _begin(self) -> Generator[EngineEvent, None, None]:
        self._specs, self._has_ended_one = [*self._left.values()], False
        self._events = _events(self._engine, self._specs)
        return self._events


def _events(engine: Engine, specs: Sequence[RunSpec]) -> Generator[EngineEvent, None, None]:
    """Those of an engine, as what can be closed."""
    yield from engine.run(specs)
