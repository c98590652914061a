"""Half-written files in a cache, left behind by processes that were killed."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from taskgraft.locks import Lock

_PART = re.compile(r"(?P<stem>.+)\.\w+\.(?P<process>\d+)\.part")
# The start of a process is known to some hundredths of a second, and clocks are set.
_LENIENCE_SECONDS = 60.0


def remove_dead_parts(folder: Path) -> None:
    """Removes the parts that nobody will finish, and no others.

    A part is dead if the process in its name is, or began after the part was last written to (numbers of
    processes come again), and nobody holds the lock under which such a file is written: a process on
    another host has a number that means nothing here, but it holds the lock.

    Args:
        folder: A cache, whose files `STEM.KIND` are written by `write_whole` under the lock `STEM.lock`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     (Path(folder) / "zoo.images.4194999.part").touch()
        ...     remove_dead_parts(Path(folder))
        ...     os.listdir(folder)
        []
    """
    for part in sorted(folder.glob("*.part")):
        named = _PART.fullmatch(part.name)
        # What is gone or forbidden is another's to remove.
        with suppress(OSError):
            if named and not _is_alive(int(named["process"]), part.stat().st_mtime):
                _remove_unless_locked(part, folder / f"{named['stem']}.lock")


def _remove_unless_locked(part: Path, lock: Path) -> None:
    if not lock.exists():
        part.unlink()
        return
    held = Lock(lock)
    if held.try_acquire():
        try:
            part.unlink()
        finally:
            held.release()


def _is_alive(process: int, written_seconds: float) -> bool:
    """Whether a process may be the one that last wrote at this time; where that is not known, it may."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # somebody else's
    try:
        state, began_seconds = _state_and_begin(process)
    except (OSError, ValueError, IndexError):
        return True
    return state not in "ZX" and began_seconds < written_seconds + _LENIENCE_SECONDS


def _state_and_begin(process: int) -> tuple[str, float]:
    """State of a process, as a letter, and when it began, from the tables that Linux keeps."""
    # The name of the program stands in parentheses, and may hold any others.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
    return fields[0], int(boot.split()[1]) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
