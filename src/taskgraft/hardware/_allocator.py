"""The C library's heap: keeps what a training step frees, so that the next need not ask the system for it."""

from __future__ import annotations

import ctypes
import functools

# Names and numbers of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_LARGEST = 2**31 - 1


@functools.cache
def keep_freed_memory() -> bool:
    """Makes the C library keep freed blocks for reuse, for the whole process; whether it can.

    glibc hands every block above 32 MB back to the system when it is freed. A training step allocates and
    frees dozens of them, and the system must clear each again, page by page: a third of a step of the
    `original` network, and of any at large batches (`docs/decisions/0008`). Other C libraries are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, _LARGEST))
