"""Imports torch, also where the working directory was removed: Intel's library ends the process there.

Imported before all else, so that the command can say in one line what is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _in_a_directory() -> Iterator[None]:
    """Works in the root directory while the working directory is gone, and goes back to it."""
    try:
        os.getcwd()
    except OSError:
        gone = os.open(".", os.O_RDONLY)
        os.chdir("/")
        try:
            yield
        finally:
            os.fchdir(gone)
            os.close(gone)
    else:
        yield


with _in_a_directory():
    import torch  # noqa: F401
