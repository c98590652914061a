from __future__ import annotations

from pathlib import Path

import pytest

from taskgraft.data.files import write_whole


def test_the_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.bin"

    def write(file: object) -> int:
        assert not path.exists()
        return file.write(b"all of it")

    assert write_whole(path, write) == 9
    assert path.read_bytes() == b"all of it"
    assert list(path.parent.iterdir()) == [path]


def test_what_was_there_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "store.bin"
    path.write_bytes(b"old")

    def fail(file: object) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, fail)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
