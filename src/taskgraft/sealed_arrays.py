"""Arrays kept in a cache: a file that is torn, spoilt or another one's is as good as none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from taskgraft.file_writing import write_bytes

Array = npt.NDArray[np.generic]
_SEAL_BYTES = 32


def write_sealed(path: Path, arrays: Mapping[str, Array]) -> None:
    """Writes arrays, sealed with the name of the file.

    Args:
        path: The file; one that stands is replaced.
        arrays: By name, of numbers.

    Raises:
        NotWrittenError: If it cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "kept.npz"
        ...     write_sealed(file, {"a": np.arange(3)})
        ...     kept = read_sealed(file)
        ...     moved = read_sealed(file.rename(file.with_name("other.npz")))
        >>> kept, moved
        ({'a': array([0, 1, 2])}, None)
    """
    file = BytesIO()
    members: dict[str, Any] = dict(arrays)
    np.savez(file, **members)
    content = file.getvalue()
    write_bytes(path, content + _seal(path, content))


def read_sealed(path: Path) -> dict[str, Array] | None:
    """The arrays of a file that `write_sealed` wrote; None where it is none, or not what was written.

    Args:
        path: The file.
    """
    try:
        written = path.read_bytes()
        content = written[:-_SEAL_BYTES]
        if written[-_SEAL_BYTES:] != _seal(path, content):
            return None
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, BadZipFile):
        return None


def _seal(path: Path, content: bytes) -> bytes:
    """Binds what is kept to the name under which it is looked for."""
    return hashlib.sha256(path.name.encode() + content).digest()
