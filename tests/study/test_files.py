import errno
import os
import tracemalloc
from pathlib import Path

import pytest

from needs import mounted
from taskgraft.errors import StudyError
from taskgraft.execution._claim import make_directory
from taskgraft.study import DamagedFileError, NotWrittenError, write_text
from taskgraft.study._files import read_limited


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_text(path, "one")
    write_text(path, "two")
    assert path.read_text() == "two"
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_a_write_that_fails_keeps_the_old_file_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_text(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(
        StudyError, match=r"Expected .*a\.json to be writable, but got 'No space left on device'"
    ):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_disk_without_inodes_is_not_said_to_lack_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = os.statvfs(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    for values, told in (
        ((100, 0, 0), "No inode is left for another file"),
        ((0, 0, 0), "It takes 3 bytes, and"),
    ):
        status = os.statvfs_result((*disk[:5], *values, *disk[8:]))
        monkeypatch.setattr("os.statvfs", lambda path, status=status: status)
        with pytest.raises(StudyError, match=rf"No space left on device'\. {told}"):
            write_text(tmp_path / "a.json", "new")


def test_inodes_of_a_real_disk_run_out(tmp_path: Path) -> None:
    with mounted(tmp_path, "-t", "tmpfs", "-o", "size=1m,nr_inodes=3", "tmpfs"):
        for name in "ab":
            write_text(tmp_path / name, "there is room")
        with pytest.raises(NotWrittenError, match=r"No inode is left for another file, though [\d,]{6,}"):
            write_text(tmp_path / "c", "none for this")
        with pytest.raises(NotWrittenError, match=r"d to be writable.* No inode is left for another file"):
            make_directory(tmp_path / "d")


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
