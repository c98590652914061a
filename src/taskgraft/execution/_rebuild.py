"""A lost or damaged `study.json` is written again where the runs themselves say whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from taskgraft.execution._same_variants import seeds_option
from taskgraft.file_reading import NoFileError, reading
from taskgraft.parameter import Parameter
from taskgraft.study import RESULT, RUNS, DamagedFileError, Request, RunRecord, read_record

_MOST_NAMED = 3


@dataclass(frozen=True)
class FinishedRuns:
    """The finished runs of a directory, against a request.

    Attributes:
        num_runs: How many they are.
        seeds: Seeds of the request, then those of its variants' runs that it does not have.
        more_seeds: Whether some are of the latter.
        others: Names of the runs that are none of its variants'.
    """

    num_runs: int
    seeds: tuple[int, ...]
    more_seeds: bool
    others: tuple[str, ...]

    @classmethod
    def of(cls, directory: Path, request: Request) -> Self:
        """Reads their records.

        A run says itself whose it is: its record carries the identity of its variant, under a checksum.
        """
        identities = request.identities()
        runs = list(_run_records(directory))
        others = tuple(run.name for run in runs if identities.get(run.variant) != run.identity)
        more = sorted({run.seed for run in runs if run.name not in others} - set(request.seeds))
        return cls(len(runs), (*request.seeds, *more), bool(more), others)

    @property
    def are_of_the_request(self) -> bool:
        """Whether the request explains every one, and one at least is finished."""
        return self.num_runs > 0 and not self.more_seeds and not self.others

    def advice(self) -> str:
        """What to do where they are not."""
        another = f"use another {Parameter('out')}."
        if not self.num_runs:
            return f"No finished run says what the study is: remove the directory, or {another}"
        rule = "It is written again for a request of all that is finished:"
        if self.others:
            rest = len(self.others) - _MOST_NAMED
            named = ", ".join(self.others[:_MOST_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
            return f"{rule} this one has no {named}. Ask for all that the study was of, or {another}"
        return f"{rule} use {seeds_option(self.seeds)}, and nothing finished is done again."


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
