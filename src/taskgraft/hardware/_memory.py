"""Memory of this process or its accelerator: the most a piece of work held, and what is left."""

from __future__ import annotations

import ctypes
import gc
import mmap
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

_SPARE_BYTES = 64 * 1024 * 1024
_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_SYSTEM = Path("/proc/meminfo")
_COUNTS = Path("/proc/vmstat")
_GROUP = Path("/sys/fs/cgroup")
_SIGNS = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "bad allocation",
    "bad_alloc",
    "not enough memory",
    "could not create a memory object",
    "could not create a primitive",
)


def reset_peak_memory(device: str) -> None:
    """Begins a new measurement, where the system lets a process do so (Linux, CUDA)."""
    give_back_memory()
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    elif _CLEAR.exists():
        try:
            _CLEAR.write_text("5")  # sets VmHWM to the resident size of now: man 5 proc
        except OSError:
            return


def give_back_memory() -> None:
    """Hands what was freed back to the system, and joins its pieces so that large tensors find room again."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; other C libraries have none
    if trim is not None:
        trim(0)


def peak_memory_bytes(device: str) -> int:
    """Peak since the last reset; the whole process's, data included, on a CPU.

    Where the system cannot reset it (macOS), it is the peak since the process began.
    """
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    if _STATUS.exists():
        return _status_bytes("VmHWM")
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def available_bytes(device: str) -> int | None:
    """Memory that is left without pushing others out, swap included; None where the system does not say.

    On a CPU of Linux the less of what the system and the process's control group have left. A limit of the
    process itself (`ulimit`) does not count: under one, an allocation that is too large fails.
    """
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    if device != "cpu" or not _SYSTEM.exists():
        return None
    fields = dict(line.split(":") for line in _SYSTEM.read_text().splitlines())
    names = [name for name in ("MemAvailable", "SwapFree") if name in fields]
    free = sum(int(fields[name].split()[0]) * 1024 for name in names)
    in_group = _left_in_group()
    return free if in_group is None else min(free, in_group)


@contextmanager
def spare_address_space() -> Iterator[None]:
    """Holds a little address space back until the work within is over.

    Where the process has a limit (`ulimit -v`) and the work ran into it, what comes next needs room outside
    the heap, which may not shrink: for the code that oneDNN writes for each new shape. Pages that nobody
    touches take no memory.
    """
    try:
        spare = mmap.mmap(-1, _SPARE_BYTES)
    except OSError:
        yield
        return
    with spare:
        yield


def num_oom_kills() -> int:
    """How many processes the system has killed since it began for lack of memory; 0 where it does not count.

    Another one than ours may be among them.
    """
    try:
        lines = _COUNTS.read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
    except (OSError, ValueError, IndexError):
        return 0


def _left_in_group() -> int | None:
    """What the control group (version 2) has left, such as a container's; None if it has no limit."""
    try:
        limit = (_GROUP / "memory.max").read_text().strip()
        used = int((_GROUP / "memory.current").read_text())
        fields = dict(line.split() for line in (_GROUP / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    if not limit.isdigit():
        return None
    # Pages of files are dropped when something else is wanted.
    return max(0, int(limit) - used + int(fields.get("inactive_file", 0)))


def _status_bytes(name: str) -> int:
    """A figure of /proc/self/status; 0 where it does not stand there."""
    lines = (line for line in _STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return next((int(line.split()[1]) * 1024 for line in lines), 0)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, of Python, torch or one of its libraries, says that memory could not be had.

    Example:
        >>> is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ..."))
        True
    """
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)
