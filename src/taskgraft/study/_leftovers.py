"""Temporary files that a process left behind when it was killed in the middle of writing."""

from __future__ import annotations

import contextlib
from pathlib import Path

from taskgraft.file_writing import TEMPORARY
from taskgraft.processes import is_running


def is_leftover(name: str) -> bool:
    """Whether a file is one that is being written, or was when its process died.

    Example:
        >>> is_leftover(".study.json.4711.tmp"), is_leftover("study.json"), is_leftover("my.tmp")
        (True, False, False)
    """
    return TEMPORARY.fullmatch(name) is not None


def remove_leftovers(directory: Path, *, is_ours: bool) -> None:
    """Removes temporary files of dead processes; what cannot be removed stays.

    Args:
        directory: Where to look, not below it.
        is_ours: Whether nobody else may be writing here, because the directory's lock is held for that:
            then a number that another process has been given meanwhile saves no file.
    """
    with contextlib.suppress(OSError):
        for path in directory.iterdir():
            named = TEMPORARY.fullmatch(path.name)
            if named and (is_ours or not is_running(int(named["process"]))):
                path.unlink(missing_ok=True)
