"""How much of the processors other processes use, while something is measured."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_STATISTICS = Path("/proc/stat")
# Of the numbers of a processor in `/proc/stat`: all of its time, and those parts in which it did nothing.
_ALL, _IDLE = slice(0, 8), slice(3, 5)


@dataclass(frozen=True)
class OtherLoad:
    """A moment from which on it is seen what other processes use.

    Attributes:
        busy_seconds: All processors that this process may use have been busy so long; None where the system
            does not say.
        process_seconds: This process has computed so long, on all of them.
        clock_seconds: Of a clock.
    """

    busy_seconds: float | None
    process_seconds: float
    clock_seconds: float

    @classmethod
    def begin(cls) -> OtherLoad:
        """From now on."""
        return cls(_busy_seconds(), time.process_time(), time.perf_counter())

    def num_cores(self) -> float | None:
        """How many cores others have used since then, on average; None where the system does not say.

        Example:
            >>> cores = OtherLoad.begin().num_cores()
            >>> cores is None or cores >= 0
            True
        """
        now = OtherLoad.begin()
        if self.busy_seconds is None or now.busy_seconds is None:
            return None
        others = (now.busy_seconds - self.busy_seconds) - (now.process_seconds - self.process_seconds)
        return max(0.0, others / max(now.clock_seconds - self.clock_seconds, 1e-9))


def _busy_seconds() -> float | None:
    """Seconds since the start of the machine; what a host took away from a virtual one is busy, too."""
    try:
        usable = {f"cpu{number}" for number in os.sched_getaffinity(0)}
        ticks = os.sysconf("SC_CLK_TCK")
        rows = [line.split() for line in _STATISTICS.read_text("ascii").splitlines()]
        parts = [[int(part) for part in row[1:]] for row in rows if row and row[0] in usable]
    # Other systems have no such file or no such call.
    except (OSError, ValueError, AttributeError):
        return None
    if not parts:
        return None
    return sum(sum(part[_ALL]) - sum(part[_IDLE]) for part in parts) / ticks
