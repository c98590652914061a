from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from needs import mounted
from taskgraft.execution._claim import make_directory
from taskgraft.file_writing import NotWrittenError, write_text, write_whole


def test_a_file_appears_when_all_of_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.bin"

    def write(file: BinaryIO) -> int:
        assert not path.exists()
        return file.write(b"all of it")

    assert write_whole(path, write) == 9
    assert path.read_bytes() == b"all of it"
    assert list(path.parent.iterdir()) == [path]


def test_the_old_file_stays_when_writing_is_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "store.bin"
    path.write_bytes(b"old")

    def fail(file: BinaryIO) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, fail)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_written_through_a_link_under_the_temporary_name(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep")
    (tmp_path / f".a.json.{os.getpid()}.tmp").symlink_to(precious)
    write_text(tmp_path / "a.json", "new")
    assert precious.read_text() == "keep"
    assert (tmp_path / "a.json").read_text() == "new"


def test_a_directory_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(NotWrittenError, match=r"a\.json to be writable.* Its directory is gone: bring back"):
        write_text(tmp_path / "gone" / "a.json", "new", make_parents=False)
    assert not (tmp_path / "gone").exists()


def test_a_stream_of_unknown_length_does_not_claim_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotWrittenError, match=r"It takes more, and [\d,]+ are free") as caught:
        write_whole(tmp_path / "a", lambda file: file.write(b"some"))
    assert caught.value.strerror == "No space left on device"


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
        NotWrittenError, match=r"Expected .*a\.json to be writable, but got 'No space left on device'"
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
        with pytest.raises(NotWrittenError, match=rf"No space left on device'\. {told}"):
            write_text(tmp_path / "a.json", "new")


def test_inodes_of_a_real_disk_run_out(tmp_path: Path) -> None:
    with mounted(tmp_path, "-t", "tmpfs", "-o", "size=1m,nr_inodes=3", "tmpfs"):
        for name in "ab":
            write_text(tmp_path / name, "there is room")
        with pytest.raises(NotWrittenError, match=r"No inode is left for another file, though [\d,]{6,}"):
            write_text(tmp_path / "c", "none for this")
        with pytest.raises(NotWrittenError, match=r"d to be writable.* No inode is left for another file"):
            make_directory(tmp_path / "d")
