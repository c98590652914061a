"""Keeps Pillow's warnings from the terminal, for many threads at once."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_lock = threading.Lock()
_stack = ExitStack()
_num_inside = 0


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Drops what Pillow warns of until the last thread has left.

    Python's filters belong to the process: two threads that each put them back as they found them may
    leave them changed for good. Here the first one in changes them and the last one out puts them back.

    Example:
        >>> with quiet_pillow():
        ...     image = Image.open("odd.tif")  # doctest: +SKIP
    """
    global _num_inside  # noqa: PLW0603
    with _lock:
        if _num_inside == 0:
            _stack.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", module=r"PIL\b")
        _num_inside += 1
    try:
        yield
    finally:
        with _lock:
            _num_inside -= 1
            if _num_inside == 0:
                _stack.close()
