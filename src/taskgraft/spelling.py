"""How an option is spelled: `--val-fraction` on the command line, `val_fraction` in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

# An option, with its value where one is joined to it. Within quotes or a path it is somebody's name.
_OPTION = re.compile(r"(?<![\w/'\"-])--([a-z]+(?:-[a-z]+)*)(?:=(\w+(?:[.,]\w+)*))?(?![\w/'\"-])")
# Where Python's name is not the same with underscores.
_IN_PYTHON = {
    "auto-batch": "auto_batch=True",
    "format": "form",
    "no-splits": "has_splits=False",
    "no-tree": "has_tree=False",
    "retry-failed": "retry_failed=True",
    "threads": "num_threads",
}


class _Place:
    """Where requests come from: one place for all threads of a process."""

    is_command_line = False


@contextmanager
def on_command_line() -> Iterator[None]:
    """Within it, requests come from the command line and not from Python."""
    before, _Place.is_command_line = _Place.is_command_line, True
    try:
        yield
    finally:
        _Place.is_command_line = before


def spelled(text: str) -> str:
    """A sentence that names options as the command line does, in the spelling of whoever asks.

    Example:
        >>> spelled("Pass --size=64, say --no-tree or leave --on-bad-image=skip out.")
        "Pass size=64, say has_tree=False or leave on_bad_image='skip' out."
        >>> with on_command_line():
        ...     spelled("Pass --size=64.")
        'Pass --size=64.'
    """
    return text if _Place.is_command_line else _OPTION.sub(_in_python, text)


def _in_python(found: re.Match[str]) -> str:
    option, value = found.groups()
    name = _IN_PYTHON.get(option, option.replace("-", "_"))
    if value is None:
        return name
    return f"{name}={value if value[0].isdigit() else repr(value)}"
