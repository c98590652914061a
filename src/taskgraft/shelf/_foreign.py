"""What lies in a study's directory and is none of its files."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from taskgraft.study import FIGURES, LOCK, LOGS, RUN_NAMES, RUNS, STUDY, STUDY_NAMES, TRIALS, is_leftover

_FOLDERS = (RUNS, FIGURES, TRIALS, LOGS)
# What file managers leave behind wherever somebody looked.
_OF_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")


def foreign_paths(directory: Path) -> Iterator[str]:
    """Everything below a study's directory that no study has there, by its path in it.

    A link is nothing that a study has. What `logs` holds is the loggers' affair, but no study may lie in it.

    Args:
        directory: Of the study.

    Raises:
        OSError: If a directory below cannot be read.
    """
    yield from _files(directory, [name for name in STUDY_NAMES if name not in _FOLDERS], but=_FOLDERS)
    yield from _of_runs(directory, RUNS)
    yield from _files(directory, (), TRIALS, but=(RUNS,))
    yield from _of_runs(directory, os.path.join(TRIALS, RUNS))
    yield from (path for path in _files(directory, (), FIGURES) if not path.endswith(".svg"))
    yield from _of_logs(directory, LOGS)


def _of_runs(directory: Path, below: str) -> Iterator[str]:
    for entry in _entries(directory, below):
        path = os.path.join(below, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _files(directory, _files_of_runs(), path)
        elif not _is_incidental(entry):
            yield path


def _files(
    directory: Path, names: Collection[str], below: str = "", but: Collection[str] = ()
) -> Iterator[str]:
    """What is neither a file of one of these names nor a folder that is looked into elsewhere."""
    for entry in _entries(directory, below):
        is_folder = entry.is_dir(follow_symlinks=False)
        is_ours = entry.name in but if is_folder else _is_incidental(entry) or _is_file(entry, names)
        if not is_ours:
            yield os.path.join(below, entry.name)


def _of_logs(directory: Path, below: str) -> Iterator[str]:
    for entry in _entries(directory, below):
        path = os.path.join(below, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _of_logs(directory, path)
        elif entry.is_symlink() or entry.name == STUDY:
            yield path


def _is_incidental(entry: os.DirEntry[str]) -> bool:
    """Whether it is a lock, what a killed process left, or what a file manager did."""
    return _is_file(entry, (LOCK, *_OF_SYSTEMS)) or (
        _is_file(entry, (entry.name,)) and is_leftover(entry.name)
    )


def _is_file(entry: os.DirEntry[str], names: Collection[str]) -> bool:
    return entry.name in names and entry.is_file(follow_symlinks=False)


def _entries(directory: Path, below: str) -> list[os.DirEntry[str]]:
    """What a folder holds, by name; nothing where it is no folder of the study's."""
    path = directory / below
    if path.is_symlink() or not path.is_dir():
        return []
    with os.scandir(path) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _files_of_runs() -> tuple[str, ...]:
    # It loads torch, which a list of studies needs nothing of.
    from taskgraft.training import SLOTS  # noqa: PLC0415

    return (*RUN_NAMES, *SLOTS)
