"""What tells a changed file from an unchanged one without reading it."""

from __future__ import annotations

import os
import time

Stamp = tuple[int, int, int, int]
"""Number of the file in its file system, size in bytes, time of its content and time of its status in ns."""

# A file that changed this shortly before it was read may change again without its times showing it.
SETTLED_SECONDS = 2.0


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file; two files that swap their names swap their stamps.

    Example:
        >>> stamp_of(os.stat(os.curdir)) == stamp_of(os.stat(os.curdir))
        True
    """
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_settled(stamp: Stamp) -> bool:
    """Whether a file is old enough for its stamp to show any later change.

    Example:
        >>> is_settled((1, 100, time.time_ns(), time.time_ns()))
        False
    """
    return time.time() - max(stamp[2:]) / 1e9 > SETTLED_SECONDS
