"""The most memory a piece of work held, of this process or of its accelerator."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
from pathlib import Path

import torch

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


def reset_peak_memory(device: str) -> None:
    """Starts measuring anew, where the system lets a process do so (Linux, CUDA)."""
    gc.collect()
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    elif _CLEAR.exists():
        _give_back()
        try:
            _CLEAR.write_text("5")  # sets VmHWM to the resident size of now: man 5 proc
        except OSError:
            return


def _give_back() -> None:
    """Hands what an earlier run freed back to the system, so that it is not counted as this run's."""
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
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
