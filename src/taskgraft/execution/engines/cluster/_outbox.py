"""What a node sends of a run: its events together, now and then, and its files when they have changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from taskgraft.events import BatchServed, StepDone, WeightsMoved
from taskgraft.execution._events import EngineEvent, RunBegan, RunElsewhere, RunEnded, RunFailed, RunProgress
from taskgraft.execution.engines.cluster._files import pieces, sent_names
from taskgraft.execution.engines.cluster._messages import Heard, Message, Over, Piece
from taskgraft.training import MOST_SHARE, SLOTS

_BETWEEN_SECONDS = 0.5
# A cautious speed of the way to the driver: what is sent takes no larger share of the time than saving.
_BYTES_PER_SECOND = 50e6

_Stamp = tuple[int, int, int]


class Outbox:
    """Messages of one run.

    Args:
        directory: Of the run, on this node.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._events: list[EngineEvent] = []
        self._last_sent = 0.0
        self._send_again = 0.0
        self._sent = {name: self._stamp(name) for name in sent_names(directory)}

    def messages(self, event: EngineEvent) -> Iterator[Message]:
        """What there is to send now that this has happened."""
        if isinstance(event, RunEnded | RunFailed | RunElsewhere):
            yield from self._flushed()
            yield from self.changed_files()
            yield Over(event, tuple(sent_names(self._directory)))
            return
        self._keep(event)
        if isinstance(event, RunBegan) or time.monotonic() - self._last_sent >= _BETWEEN_SECONDS:
            yield from self._flushed()
            yield from self._checkpoints()

    def changed_files(self) -> Iterator[Message]:
        """Every file that is not as it was sent last."""
        for name in sent_names(self._directory):
            yield from self._file(name)

    def _keep(self, event: EngineEvent) -> None:
        """Keeps an event until it is sent: of steps that follow one another the last one."""
        within = event.event if isinstance(event, RunProgress) else None
        if isinstance(within, BatchServed | WeightsMoved):
            return
        last = self._events[-1] if self._events else None
        is_step = isinstance(within, StepDone)
        if is_step and isinstance(last, RunProgress) and isinstance(last.event, StepDone):
            self._events.pop()
        self._events.append(event)

    def _flushed(self) -> Iterator[Message]:
        if self._events:
            yield Heard(tuple(self._events))
        self._events.clear()
        self._last_sent = time.monotonic()

    def _checkpoints(self) -> Iterator[Message]:
        if time.monotonic() < self._send_again:
            return
        num_bytes = 0
        for name in SLOTS:
            for piece in self._file(name):
                num_bytes += len(piece.content)
                yield piece
        self._send_again = time.monotonic() + num_bytes / _BYTES_PER_SECOND / MOST_SHARE

    def _file(self, name: str) -> Iterator[Piece]:
        stamp = self._stamp(name)
        if stamp is not None and stamp != self._sent.get(name):
            self._sent[name] = stamp
            yield from pieces(self._directory / name)

    def _stamp(self, name: str) -> _Stamp | None:
        """What differs between a file and the next one of its name; None without one."""
        try:
            status = (self._directory / name).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size
