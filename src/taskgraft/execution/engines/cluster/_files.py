"""The files of a run's directory on their way: sent piece by piece, and written once they are complete."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from taskgraft.errors import StudyError
from taskgraft.execution.engines.cluster._messages import Piece
from taskgraft.file_writing import TEMPORARY, write_bytes
from taskgraft.study import FAILURE, LOCK, RESULT, TRIAL
from taskgraft.training import SLOTS

# Ray sends what is smaller than 100 kB with its answer: it needs no room in an object store, and is
# the driver's even if the node dies in the next moment.
PIECE_BYTES = 80_000

# With them a run is over: they go last.
_LAST = (RESULT, TRIAL)


class TornError(StudyError):
    """A file has not come as it was sent."""


def sent_names(directory: Path) -> list[str]:
    """Names of the files of a run that are sent, what makes it finished last."""
    names = sorted(path.name for path in directory.iterdir() if path.is_file())
    names = [name for name in names if name != LOCK and not TEMPORARY.fullmatch(name)]
    return sorted(names, key=_LAST.__contains__)


def needed_files(directory: Path) -> dict[str, bytes]:
    """What a run goes on from, by name: its checkpoints, and why it failed before."""
    paths = [directory / name for name in (*SLOTS, FAILURE)]
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def pieces(path: Path) -> Iterator[Piece]:
    """A file in pieces."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        content = file.read(PIECE_BYTES)
        while True:
            sha.update(content)
            following = file.read(PIECE_BYTES)
            if not following:
                yield Piece(path.name, content, sha.hexdigest())
                return
            yield Piece(path.name, content)
            content = following


class Arrivals:
    """The files that come for a run.

    Args:
        directory: Of the run, where they are written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as sender, tempfile.TemporaryDirectory() as receiver:
        ...     _ = (Path(sender) / "history.jsonl").write_bytes(bytes(200_000))
        ...     arrivals = Arrivals(Path(receiver))
        ...     written = [arrivals.take(piece) for piece in pieces(Path(sender) / "history.jsonl")]
        ...     written, (Path(receiver) / "history.jsonl").stat().st_size
        ([None, None, 'history.jsonl'], 200000)
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._name = ""
        self._content = bytearray()

    def take(self, piece: Piece) -> str | None:
        """Takes a piece; the name of its file where it is complete, and written now.

        Raises:
            TornError: If it does not have its digest.
            NotWrittenError: If it cannot be written.
        """
        if piece.name != self._name:
            self._name, self._content = piece.name, bytearray()
        self._content += piece.content
        if piece.digest is None:
            return None
        content, self._name = bytes(self._content), ""
        if Path(piece.name).name != piece.name or hashlib.sha256(content).hexdigest() != piece.digest:
            raise TornError.expected(
                piece.name, "complete", "something else than was sent", "It is sent again."
            )
        write_bytes(self._directory / piece.name, content, make_parents=False)
        return piece.name
