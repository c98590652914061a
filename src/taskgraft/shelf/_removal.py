"""A study taken off the disk: all of it, and nothing else."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

from taskgraft.errors import RequestError, StudyError
from taskgraft.study import LOCK, RUNS, STUDY, STUDY_NAMES, TRIALS, is_leftover, try_lock


def check_removable(directory: Path) -> None:
    """Refuses to remove what is no study, or holds what is none of a study.

    Raises:
        RequestError: If it is one of these.
    """
    if directory.is_symlink():
        raise RequestError.expected(str(directory), "a study", "a link to one", "Name the study itself.")
    if not (directory / STUDY).is_file():
        raise RequestError.expected(
            str(directory), "a study", f"no {STUDY} in it", "`taskgraft studies` lists those that there are."
        )
    others = sorted(
        path.name
        for path in directory.iterdir()
        if path.name not in (*STUDY_NAMES, LOCK) and not is_leftover(path.name)
    )
    if others:
        raise RequestError.expected(
            str(directory),
            "files of a study alone",
            f"{', '.join(others[:3])} too",
            "Move them elsewhere first.",
        )


def remove_study(directory: Path) -> None:
    """Removes a study with all its runs, models and predictions.

    Args:
        directory: Of the study.

    Raises:
        RequestError: If it is no study, or holds other files.
        StudyError: If a process works on it, or it cannot be removed.

    Example:
        >>> remove_study(Path("studies/first-try"))  # doctest: +SKIP
    """
    check_removable(directory)
    with ExitStack() as held:
        for place in (directory, *_runs(directory)):
            if not held.enter_context(try_lock(place)):
                raise StudyError.expected(
                    str(directory), "a study that nobody works on", "one in use", "Stop that command first."
                )
        _remove(directory)


def _remove(directory: Path) -> None:
    try:
        # First what makes it a study: whatever stays behind is then none.
        (directory / STUDY).unlink()
        shutil.rmtree(directory)
    except OSError as error:
        raise StudyError.expected(
            str(directory),
            "a directory that can be removed",
            error.strerror or str(error),
            "Check its rights.",
        ) from error


def _runs(directory: Path) -> list[Path]:
    """The directories of runs, and of the trials of a search: each has a lock."""
    folders = [folder for folder in (directory / RUNS, directory / TRIALS / RUNS) if folder.is_dir()]
    return [path for folder in folders for path in sorted(folder.iterdir()) if path.is_dir()]
