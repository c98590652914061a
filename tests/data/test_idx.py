from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from taskgraft.data.sources._idx import read_idx
from taskgraft.errors import DataError

ITEMS = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3)
CONTENT = struct.pack(">4I", 0x0803, 5, 2, 3) + ITEMS.tobytes()


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_items_and_digest_of_the_content(tmp_path: Path, name: str) -> None:
    items, digest = read_idx(write(tmp_path / name, CONTENT), (2, 3))
    assert np.array_equal(items, ITEMS)
    assert items.dtype == np.uint8
    assert digest == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("name", ["images", "images.gz"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "but got 'it ends within its header'"),
        (CONTENT[:15], "but got 'it ends within its header'"),
        (CONTENT[:-1], "to be 30 bytes long after its header, but got 'only 29'"),
        (CONTENT + b"!", "to be 30 bytes long after its header, but got 'more'"),
        (b"\0\0\x08\x01" + CONTENT[4:], "that begins with 00000803, but got '00000801'"),
        (b"\0\0\x0d\x03" + CONTENT[4:], "that begins with 00000803, but got '00000d03'"),
        (b"<html>not found</html>", "that begins with 00000803, but got '3c68746d'"),
        (struct.pack(">4I", 0x0803, 5, 3, 2), "items of shape (2, 3), but got '5 of shape (3, 2)'"),
        (struct.pack(">4I", 0x0803, 0, 2, 3), "1 to 1000000 items of shape (2, 3), but got '0 of"),
        (struct.pack(">4I", 0x0803, 2**32 - 1, 2, 3), "1 to 1000000 items of shape (2, 3)"),
    ],
)
def test_what_the_header_does_not_allow_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(DataError) as caught:
        read_idx(path, (2, 3))
    assert str(caught.value).startswith(f"Expected {path} to be ")
    assert message in str(caught.value)


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "images.gz", CONTENT)
    content = path.read_bytes()
    for damaged in (content[:-10], content[:-8] + b"\0\0\0\0" + content[-4:], b"not a gzip file"):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="to be readable and whole"):
            read_idx(path, (2, 3))
