"""Decoded pictures kept on disk between studies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from taskgraft.data.files import cache_dir
from taskgraft.locks import Lock

IMAGES_FOLDER = "images"
_SUFFIX = ".images"


@dataclass(frozen=True)
class StoreEntry:
    """One store of decoded pictures.

    Attributes:
        path: Its file.
        num_bytes: What it takes.
        written: When it was written, in UTC.
    """

    path: str
    num_bytes: int
    written: str


def list_stores(folder: Path | None = None) -> list[StoreEntry]:
    """Lists the stores, the newest first.

    Args:
        folder: The cache; the user's by default.

    Example:
        >>> list_stores(Path("no-such-folder"))
        []
    """
    folder = folder or cache_dir() / IMAGES_FOLDER
    entries = []
    for path in folder.glob(f"*{_SUFFIX}"):
        state = path.stat()
        written = datetime.fromtimestamp(state.st_mtime, UTC).isoformat(timespec="seconds")
        entries.append(StoreEntry(str(path), state.st_size, written))
    return sorted(entries, key=lambda entry: (entry.written, entry.path), reverse=True)


def remove_store(entry: StoreEntry) -> bool:
    """Removes a store, unless a process writes it just now; whoever reads it goes on reading.

    Args:
        entry: From `list_stores`.

    Returns:
        Whether it was removed.
    """
    path = Path(entry.path)
    held = Lock(path.with_suffix(".lock"))
    if not held.try_acquire():
        return False
    try:
        # The header first: images without one are not believed.
        path.with_suffix(".json").unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    finally:
        held.release()
    return True
