"""What stands in a study directory: every run verified once, and again only when its result has changed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from taskgraft.file_reading import NoFileError, reading
from taskgraft.study.files import FAILURE, RESULT
from taskgraft.study.inspect_run import Expected, RunState, inspect_run
from taskgraft.study.records import Request
from taskgraft.study.run import run_directory
from taskgraft.taxonomy import Taxonomy

RunKey = tuple[str, int]
_Signature = tuple[int, ...]


class Ledger:
    """Knows the runs of a study directory, also those that another process finishes meanwhile.

    Verifying a run reads all of its files; a study of many runs cannot afford that after each of them.

    Attributes:
        directory: The study directory.
        request: What was asked of the study.
    """

    def __init__(self, directory: Path, request: Request) -> None:
        self.directory = directory
        self.request = request
        self._taxonomy = Taxonomy.from_dict(request.taxonomy)
        self._identity = cache(request.identity)
        self._known: dict[RunKey, tuple[_Signature, RunState]] = {}

    @property
    def keys(self) -> tuple[RunKey, ...]:
        """Architecture and seed of every run of the study, in the order of the tables."""
        return tuple((a.name, seed) for a in self.request.architectures for seed in self.request.seeds)

    def state(self, architecture: str, seed: int) -> RunState:
        """How a run stands now.

        Raises:
            StudyError: If a newer version of taskgraft made it, or its directory leads out of the study.
        """
        key = (architecture, seed)
        directory = run_directory(self.directory, *key)
        signature = (*_signature(directory / RESULT), *_signature(directory / FAILURE))
        known = self._known.get(key)
        # Damage is looked at anew each time: whoever mends it need not touch the record.
        if known is None or known[0] != signature or known[1].record is None:
            expected = Expected(architecture, seed, self._identity(architecture), self._taxonomy)
            known = (signature, inspect_run(directory, expected))
            self._known[key] = known
        return known[1]

    def states(self) -> dict[RunKey, RunState]:
        """How every run stands now."""
        return {key: self.state(*key) for key in self.keys}


def _signature(path: Path) -> _Signature:
    """Changes when a file is replaced; zeros for none."""
    try:
        with reading(path):
            found = path.stat()
    except (FileNotFoundError, NoFileError):
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
