"""Whether a process of this machine runs, and when it began: its number alone may come again."""

from __future__ import annotations

import os
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
# Behind the last parenthesis of /proc/PID/stat: the state, and as the 20th the time of the start.
_STATE, _START = 0, 19
_ENDED = (b"Z", b"X", b"x")


def is_running(process: int) -> bool:
    """Whether a process of this number runs; where the system does not say, it does.

    Example:
        >>> is_running(os.getpid()), is_running(4194999)
        (True, False)
    """
    fields = _fields(process)
    if fields:
        # A zombie has ended; its parent only has not looked yet.
        return fields[_STATE] not in _ENDED
    # Signal 0 looks for the process alone; only POSIX has it, and elsewhere it would end the process.
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # somebody else's
    return True


def start_of(process: int) -> int | None:
    """What tells the start of a process from that of every other one of its number; None if unknown."""
    try:
        boot = int(_BOOT.read_text().replace("-", ""), 16)
        return boot << 64 | int(_fields(process)[_START])
    except (OSError, ValueError, IndexError):
        return None


def began_seconds(process: int) -> float | None:
    """When a process began, in seconds since 1970, to some hundredths; None if unknown."""
    try:
        lines = Path("/proc/stat").read_text().splitlines()
        boot = next(line for line in lines if line.startswith("btime "))
        return int(boot.split()[1]) + int(_fields(process)[_START]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _fields(process: int) -> list[bytes]:
    try:
        content = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return []
    # The name of the program stands in parentheses, and may hold any others.
    return content[content.rfind(b")") + 1 :].split()
