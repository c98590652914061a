"""Runs that other commands did when they were tried, and that are tried again now and then."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

from taskgraft.execution._claim import LOOK_AGAIN_SECONDS, waiting_for
from taskgraft.execution._events import EngineEvent
from taskgraft.execution._run_spec import RunSpec


class RefusedRuns:
    """What an engine has set aside until it has nothing else to begin."""

    def __init__(self) -> None:
        self._specs: list[RunSpec] = []
        self._look_again = 0.0
        self._has_waited = False

    def __bool__(self) -> bool:
        return bool(self._specs)

    def append(self, spec: RunSpec) -> None:
        """Sets a run aside."""
        self._specs.append(spec)

    def take_up(self, left: deque[RunSpec], *, is_idle: bool) -> Iterator[EngineEvent]:
        """Puts them back where nothing else is left and some time has passed.

        Args:
            left: Runs that are still to begin; it is added to.
            is_idle: Whether nothing is being done meanwhile, which is said once.
        """
        if left or not self._specs or time.monotonic() < self._look_again:
            return
        if is_idle and not self._has_waited:
            self._has_waited = True
            yield waiting_for(self._specs)
        self._look_again = time.monotonic() + LOOK_AGAIN_SECONDS
        left.extend(self._specs)
        self._specs.clear()
