"""A study taken off the disk: all of it, and nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from taskgraft.errors import Phrase, RequestError, StudyError
from taskgraft.shelf._foreign import foreign_paths
from taskgraft.study import RUNS, STUDY, TRIALS, holder_of, read_study, try_lock

_MOST_NAMED = 3
# How our record of a study begins, whatever became of the rest of it.
_HEAD_BYTES, _KEYS = 2000, (b'"format"', b'"request"')


def check_removable(directory: Path) -> None:
    """Refuses to remove what is no study, or holds what is none of a study anywhere below.

    Raises:
        RequestError: If it is one of these.
        StudyError: If it cannot be read.
    """
    if directory.is_symlink():
        raise RequestError.expected(str(directory), "a study", "a link to one", "Name the study itself.")
    if not (directory / STUDY).is_file():
        raise RequestError.expected(
            str(directory), "a study", f"no {STUDY} in it", "`taskgraft studies` lists those that there are."
        )
    try:
        others = [*islice(foreign_paths(directory), _MOST_NAMED + 1)]
        is_ours = _is_ours(directory)
    except OSError as error:
        raise _not_removed(directory, error) from error
    if others:
        more = " and more" if len(others) > _MOST_NAMED else ""
        raise RequestError.expected(
            str(directory),
            "files of a study alone",
            f"{', '.join(others[:_MOST_NAMED])}{more} too",
            "Move them elsewhere first.",
        )
    if not is_ours:
        raise RequestError.expected(
            str(directory),
            "a study",
            Phrase(f"a {STUDY} that is no record of one, or is damaged beyond recognition"),
            "Look into it, and remove it by hand.",
        )


def remove_studies(directories: Sequence[Path]) -> Iterator[Path]:
    """Removes studies with all their runs, models and predictions; none unless each can be removed.

    Args:
        directories: Of the studies.

    Yields:
        Each as it is gone.

    Raises:
        RequestError: If one is no study, or holds other files.
        StudyError: If a process works on one, or it cannot be removed.

    Example:
        >>> list(remove_studies([Path("studies/first-try")]))  # doctest: +SKIP
    """
    for directory in directories:
        check_removable(directory)
    # One that is named twice, or by two paths, is one.
    named: dict[Path, Path] = {}
    for directory in directories:
        named.setdefault(directory.resolve(), directory)
    with ExitStack() as held:
        for place, directory in named.items():
            for locked in (place, *_runs(place)):
                if not held.enter_context(try_lock(locked)):
                    raise _in_use(directory, place, locked)
        for place, directory in named.items():
            _remove(place, directory)
            yield directory


def _is_ours(directory: Path) -> bool:
    """Whether its record is one of a study: readable, of another format, or damaged and still ours."""
    try:
        read_study(directory)
    except StudyError:
        with (directory / STUDY).open("rb") as file:
            head = file.read(_HEAD_BYTES)
        return all(key in head for key in _KEYS)
    return True


def _in_use(directory: Path, place: Path, locked: Path) -> StudyError:
    which = "it" if locked == place else str(locked.relative_to(place))
    return StudyError.expected(
        str(directory),
        "a study that nobody works on",
        Phrase(f"{which} in use, {holder_of(locked)}"),
        "Stop that command first.",
    )


def _remove(place: Path, directory: Path) -> None:
    """Removes a directory that is out of everybody's way first, so that nothing begins in it meanwhile."""
    aside = place.with_name(f".{place.name}.removed-{os.getpid()}")
    try:
        place.rename(aside)
    except OSError as error:
        raise _not_removed(directory, error) from error
    try:
        # First what makes it a study: whatever stays behind is then none.
        (aside / STUDY).unlink()
        shutil.rmtree(aside)
    except OSError as error:
        raise _not_removed(aside, error) from error


def _not_removed(directory: Path, error: OSError) -> StudyError:
    return StudyError.expected(
        str(directory),
        "a directory that can be removed",
        error.strerror or str(error),
        "Check its rights.",
    )


def _runs(directory: Path) -> list[Path]:
    """The directories of runs, and of the trials of a search: each has a lock."""
    folders = [folder for folder in (directory / RUNS, directory / TRIALS / RUNS) if folder.is_dir()]
    return [path for folder in folders for path in sorted(folder.iterdir()) if path.is_dir()]
