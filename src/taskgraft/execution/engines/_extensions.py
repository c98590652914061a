"""What a script or a package has registered, which workers need, too."""

from __future__ import annotations

import importlib.util

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.registry import extending_modules


def unreachable_modules() -> tuple[str, ...]:
    """Modules with registered parts that no other process can import, such as a script or a notebook."""
    return tuple(name for name in extending_modules() if not _is_importable(name))


def check_reachable() -> None:
    """Refuses to start workers that would not have what this process has registered.

    Raises:
        RequestError: If a module cannot be imported by them.
    """
    for name in unreachable_modules():
        raise RequestError.expected(
            "what is registered",
            "in a module that other processes can import",
            name,
            f"Put it into a file and import that, or use {Parameter('jobs', 1)}.",
        )


def _is_importable(name: str) -> bool:
    if name == "__main__":
        return False
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
