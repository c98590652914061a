"""The studies below a folder, with what a list says of each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from taskgraft.errors import RequestError, StudyError
from taskgraft.study import (
    RUNS,
    STUDY,
    Request,
    RunRecord,
    StudyRecord,
    read_study,
    recorded_runs,
    summarise,
)

# Studies lie in a folder or two of folders; a tree of pictures is deeper and wider.
_DEPTH = 3


@dataclass(frozen=True)
class StudyEntry:
    """One study.

    Attributes:
        path: Its directory.
        data: Source of its data.
        num_variants: Variants that it compares.
        num_runs: Runs that are planned.
        num_done: Runs that are finished, by their records.
        highest: The variant of the highest mean of `score` over the finished seeds, which is no verdict; None
            without a run.
        score: Name of that score.
        value: Its mean; None without a run.
        num_bytes: What its files take.
        created: When it was begun, in UTC.
        damage: Why it cannot be read; empty for a sound one.
    """

    path: str
    data: str = ""
    num_variants: int = 0
    num_runs: int = 0
    num_done: int = 0
    highest: str | None = None
    score: str = ""
    value: float | None = None
    num_bytes: int = 0
    created: str = ""
    damage: str = ""


def list_studies(folder: Path) -> list[StudyEntry]:
    """Lists the studies in a folder and up to three folders below it, the newest first.

    Records are read, and no other file: a study of many runs takes no longer than its records do.

    Args:
        folder: Where to look.

    Raises:
        RequestError: If there is no such folder.

    Example:
        >>> import tempfile
        >>> list_studies(Path(tempfile.mkdtemp()))
        []
    """
    if not folder.is_dir():
        raise RequestError.expected(str(folder), "a folder", "none", "Name the folder that studies lie in.")
    entries = [_entry(path) for path in _studies(folder, _DEPTH)]
    return sorted(entries, key=lambda entry: (entry.created, entry.path), reverse=True)


def num_bytes_of(directory: Path) -> int:
    """Bytes of all files below a directory; links count as themselves."""
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total


def _studies(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / STUDY).is_file():
        yield folder
        return
    if depth == 0:
        return
    try:
        below = sorted(entry.path for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
    except OSError:
        # What may not be looked into holds nothing that could be listed.
        return
    for path in below:
        if not os.path.basename(path).startswith("."):
            yield from _studies(Path(path), depth - 1)


def _entry(directory: Path) -> StudyEntry:
    try:
        record = read_study(directory)
        return _of(directory, record)
    except StudyError as error:
        return StudyEntry(str(directory), num_bytes=num_bytes_of(directory), damage=str(error))


def _of(directory: Path, record: StudyRecord) -> StudyEntry:
    request = record.request
    runs = recorded_runs(directory, record) if (directory / RUNS).exists() else ()
    score, means = _means(request, runs)
    highest = max(means, key=lambda name: means[name], default=None)
    return StudyEntry(
        path=str(directory),
        data=request.data.source,
        num_variants=len(request.variants),
        num_runs=len(request.runs),
        num_done=len(runs),
        highest=highest,
        score=score,
        value=None if highest is None else means[highest],
        num_bytes=num_bytes_of(directory),
        created=record.created,
    )


def _means(request: Request, runs: Sequence[RunRecord]) -> tuple[str, dict[str, float]]:
    """The main score, which is the full path's or the finest level's, and its mean by variant."""
    summaries = summarise(request, runs)
    for score in ("full_path_accuracy", *(f"accuracy.{level}" for level in reversed(request.levels))):
        means = {each.variant: each.scores[score].mean for each in summaries if score in each.scores}
        if means:
            return score, means
    return "", {}
