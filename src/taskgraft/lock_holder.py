"""Who holds a lock: a process of a machine, and whether it is certainly dead."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from taskgraft.processes import is_running, start_of

_PROCESSES = Path("/proc/self/ns/pid")
_LARGEST_PROCESS = 2**31 - 1


@dataclass(frozen=True)
class Holder:
    """A process, as a lock's file names it.

    Attributes:
        process: Its number.
        machine: Name of the machine and, on Linux, the namespace in which the number counts: two containers
            may share a name. A bare name is that of a record without one.
        start: When it started, as `processes.start_of` gives it; None if unknown.
    """

    process: int
    machine: str
    start: int | None

    @classmethod
    def this_process(cls) -> Self:
        """The holder that this process is."""
        process = os.getpid()
        return cls(process, _machine(), start_of(process))

    @classmethod
    def of(cls, record: bytes) -> Self | None:
        r"""Reads a record; None for anything else.

        Example:
            >>> Holder.of(b"4711\nnode7\n")
            Holder(process=4711, machine='node7', start=None)
            >>> Holder.of(b"something else") is None
            True
        """
        lines = record.decode("utf-8", "replace").split("\n")
        # A record ends with a line break: one without was cut off.
        if len(lines) not in (3, 4) or lines[-1] or not all(_is_number(text) for text in lines[:-1:2]):
            return None
        process = int(lines[0])
        start = int(lines[2]) if len(lines) == 4 else None
        return cls(process, lines[1], start) if 0 < process <= _LARGEST_PROCESS else None

    @property
    def record(self) -> str:
        """What stands in the file."""
        start = "" if self.start is None else f"{self.start}\n"
        return f"{self.process}\n{self.machine}\n{start}"

    @property
    def is_here(self) -> bool:
        """Whether its number can be looked up: it is of this machine."""
        return self.machine in (_machine(), socket.gethostname())

    @property
    def is_dead(self) -> bool:
        """Whether it has certainly ended; False where nobody can say."""
        if not self.is_here:
            return False
        if not is_running(self.process):
            return True
        start = start_of(self.process)
        return start is not None and self.start is not None and start != self.start


def _machine() -> str:
    name = "".join(sign if sign.isprintable() and sign != " " else "?" for sign in socket.gethostname())
    try:
        return f"{name}?pidns-{_PROCESSES.stat().st_ino:x}"
    except OSError:
        return name


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
