import tracemalloc
from pathlib import Path

import pytest

from taskgraft.study import DamagedFileError
from taskgraft.study._files import read_limited


def test_a_small_file_takes_no_room_for_the_largest(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"small")
    tracemalloc.start()
    try:
        assert read_limited(path, 1 << 30) == b"small"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    with pytest.raises(DamagedFileError, match="more than 4 bytes"):
        read_limited(path, 4)
