"""A lost or damaged `study.json` is written again where the runs themselves say whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from taskgraft.file_reading import NoFileError, reading
from taskgraft.study import RESULT, RUNS, DamagedFileError, Request, RunRecord, read_record


def can_be_rebuilt(directory: Path, request: Request) -> bool:
    """Whether the directory has finished runs, and all of them are of this request.

    A run says so itself: its record carries the identity of its variant, under a checksum.
    """
    identities = request.identities()
    belong = [
        identities.get(run.variant) == run.identity and run.seed in request.seeds
        for run in _run_records(directory)
    ]
    return bool(belong) and all(belong)


def _run_records(directory: Path) -> Iterator[RunRecord]:
    """The undamaged records of all run directories."""
    runs = directory / RUNS
    try:
        # Listed, since `glob` leaves out in silence what cannot be read now.
        with reading(runs):
            names = sorted(path.name for path in runs.iterdir())
    except (FileNotFoundError, NoFileError):
        return
    for name in names:
        try:
            yield read_record(runs / name / RESULT, RunRecord)
        except (FileNotFoundError, DamagedFileError):
            continue
