"""What stands in a study directory: every run verified once, and again only when its result has changed."""

from __future__ import annotations

from pathlib import Path

from taskgraft.errors import StudyError
from taskgraft.file_reading import NoFileError, reading
from taskgraft.study._files import FAILURE, RESULT
from taskgraft.study._inspect_run import Expected, RunState, check_not_linked, inspect_run
from taskgraft.study._records import Request
from taskgraft.study._run_files import run_directory

RunKey = tuple[str, int]
_Signature = tuple[int, ...]


class Ledger:
    """Knows the runs of a study directory, also those that another process finishes meanwhile.

    Verifying a run reads all of its files; a study of many runs cannot afford that after each of them.

    Attributes:
        directory: The study directory.
        request: What the study is to be.
    """

    def __init__(self, directory: Path, request: Request) -> None:
        self.directory = directory
        self.request = request
        self._taxonomy = request.tree
        self._identities = request.identities()
        self._looked: dict[RunKey, tuple[_Signature, RunState]] = {}
        self._directories: dict[tuple[int, int], Path] = {}

    def state(self, variant: str, seed: int) -> RunState:
        """How a run stands now.

        Raises:
            StudyError: If a taskgraft of another format made it, its directory is a link or another run's, or
                a file cannot be read now.
        """
        key = (variant, seed)
        directory = run_directory(self.directory, *key)
        check_not_linked(self.directory, directory)
        self._check_apart(directory)
        signature = (*_signature(directory / RESULT), *_signature(directory / FAILURE))
        looked = self._looked.get(key)
        # Damage is looked at each time: whoever mends it need not touch the record.
        if looked is None or looked[0] != signature or looked[1].record is None:
            expected = Expected(variant, seed, self._identities[variant], self._taxonomy)
            looked = (signature, inspect_run(directory, expected))
            self._looked[key] = looked
        return looked[1]

    def _check_apart(self, directory: Path) -> None:
        """Refuses a directory that is another run's, too: by a mount, or where `A` and `a` are one name."""
        identity = _identity(directory)
        if identity is None:
            return
        other = self._directories.setdefault(identity, directory)
        # A number is given again once a directory is gone.
        if other != directory and _identity(other) == identity:
            raise StudyError.expected(
                str(directory),
                f"another directory than {other}",
                "the same one under two names",
                "Give each run another directory: they would overwrite one another.",
            )
        self._directories[identity] = directory

    def states(self) -> dict[RunKey, RunState]:
        """How every run stands now."""
        return {key: self.state(*key) for key in self.request.runs}


def _signature(path: Path) -> _Signature:
    """Changes when a file is replaced; zeros for none."""
    try:
        with reading(path):
            status = path.stat()
    except (FileNotFoundError, NoFileError):
        return (0, 0, 0)
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _identity(directory: Path) -> tuple[int, int] | None:
    """What a directory is under all of its names; None for none, or on a disk that does not say."""
    try:
        with reading(directory):
            status = directory.stat()
    except (FileNotFoundError, NoFileError):
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None
