"""A file that is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

_Written = TypeVar("_Written")


def write_whole(path: Path, write: Callable[[BinaryIO], _Written]) -> _Written:
    """Writes a file under another name and gives it its own when all of it is on the disk.

    Args:
        path: The file; what was there before stays until the new one is whole.
        write: Writes to the open file; if it raises, nothing is left behind.

    Returns:
        What `write` gave.

    Raises:
        OSError: If the folder cannot be written or is full.

    Example:
        >>> write_whole(Path("store.bin"), lambda file: file.write(b"all of it"))  # doctest: +SKIP
        9
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            written = write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return written
