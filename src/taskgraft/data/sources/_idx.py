"""The IDX format of the MNIST family: a magic number, the shape, then the bytes."""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from taskgraft.data.files import reading
from taskgraft.errors import DataError

_UNSIGNED_BYTE = 0x08
# Far above any real file's; a header cannot make us read more.
_MAX_ITEMS = 1_000_000


def read_idx(path: Path, item_shape: tuple[int, ...]) -> tuple[npt.NDArray[np.uint8], str]:
    """Reads an IDX file of unsigned bytes, compressed if its name ends in `.gz`.

    Args:
        path: The file.
        item_shape: Shape that each of its N items must have; `()` for labels.

    Returns:
        The items, uint8 of shape (N, *item_shape), and the SHA-256 of the uncompressed content.

    Raises:
        DataError: If the file cannot be read, is not such a file, or is shorter or longer than its
            header says.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels"
        >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        >>> read_idx(path, ())[0].tolist()
        [7, 8, 9]
    """
    num_dims = 1 + len(item_shape)
    with reading(path), gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
        header = stream.read(4 + 4 * num_dims)
        if len(header) < 4 + 4 * num_dims:
            raise EOFError("it ends within its header")
        magic, *shape = struct.unpack(f">{1 + num_dims}I", header)
        _check_header(path, magic, tuple(shape), item_shape)
        num_bytes = math.prod(shape)
        # One byte more than there should be: a longer file is seen, and a gzip's check value is compared.
        body = stream.read(num_bytes + 1)
    if len(body) != num_bytes:
        raise DataError.expected(
            str(path),
            f"{num_bytes} bytes long after its header",
            f"only {len(body)}" if len(body) < num_bytes else "more",
            "It is damaged; fetch it again.",
        )
    digest = hashlib.sha256(header)
    digest.update(body)
    return np.frombuffer(body, dtype=np.uint8).reshape(shape), digest.hexdigest()


def _check_header(path: Path, magic: int, shape: tuple[int, ...], item_shape: tuple[int, ...]) -> None:
    wanted = _UNSIGNED_BYTE << 8 | len(shape)
    if magic != wanted:
        raise DataError.expected(
            str(path),
            f"an IDX file of bytes that begins with {wanted:08x}",
            f"{magic:08x}",
            "It is another file; fetch it again.",
        )
    if shape[1:] != item_shape or not 0 < shape[0] <= _MAX_ITEMS:
        raise DataError.expected(
            str(path),
            f"1 to {_MAX_ITEMS} items of shape {item_shape}",
            f"{shape[0]} of shape {shape[1:]}",
            "It is another file; fetch it again.",
        )
