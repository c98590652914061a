"""How long a study and its runs still take, in proportion to the operations that are left."""

from __future__ import annotations

import time

from taskgraft.execution._events import RoundStarted, StudyStarted

RunKey = tuple[str, int]


class Clock:
    """Runs while a study does.

    Args:
        started: What is to be done.

    Attributes:
        total: PFLOP of all runs to do.
        shares: Of each run under way, how much of it is done, 0 to 1.
    """

    def __init__(self, started: StudyStarted | RoundStarted) -> None:
        self._pflop: dict[RunKey, float] = {}
        self._started = time.monotonic()
        self.add(started)
        self.shares: dict[RunKey, float] = {}
        self._ended = self._elsewhere = self._before = 0.0

    def add(self, started: StudyStarted | RoundStarted) -> None:
        """More is to be done."""
        self._pflop |= {(variant, seed): pflop for variant, seed, pflop in started.todo}
        self.total = sum(self._pflop.values()) or 1.0

    @property
    def done(self) -> float:
        """PFLOP of what is over, whoever did it."""
        under_way = sum(self._pflop[key] * share for key, share in self.shares.items())
        return self._ended + self._elsewhere + under_way

    def begin(self, key: RunKey) -> None:
        """A run begins."""
        self.shares[key] = 0.0

    def resume(self, key: RunKey, share: float) -> None:
        """This share of the run was done before the clock began."""
        self._before += self._pflop[key] * share
        self.shares[key] = share

    def end(self, key: RunKey) -> None:
        """A run is finished, early or not."""
        self.shares.pop(key, None)
        self._ended += self._pflop[key]

    def leave_out(self, key: RunKey) -> None:
        """A run has failed, or another command has done it: it takes no time of ours."""
        self.shares.pop(key, None)
        self._elsewhere += self._pflop[key]

    def left(self, key: RunKey) -> tuple[float, float]:
        """Seconds left for a run and for the study."""
        done = self.done - self._elsewhere - self._before
        per_pflop = (time.monotonic() - self._started) / max(done, 1e-12)
        # Runs at once share the machine.
        run_left = self._pflop[key] * (1 - self.shares[key]) * len(self.shares)
        return run_left * per_pflop, (self.total - self.done) * per_pflop


def duration(seconds: float) -> str:
    """Seconds as hours and minutes, or minutes and seconds.

    Example:
        >>> duration(75), duration(4_000)
        ('1m15s', '1h06m')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{rest:02d}s"
