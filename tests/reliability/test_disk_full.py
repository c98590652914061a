"""No room, no rights, no directory: one line that names the path; what stands stays whole and goes on."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from small_study import Watching, differing_files, leftovers, small_study, temporary_files

from needs import mounted
from taskgraft.errors import RequestError, StudyError
from taskgraft.report import write_report
from taskgraft.study import Study

KILOBYTE = 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, as small as a test likes it; only root may mount one."""
    path = tmp_path / "disk"
    path.mkdir()
    with mounted(path, "-t", "tmpfs", "-o", "size=1m", "tmpfs"):
        yield path


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


def attempt(out: Path, listener: Watching | None = None) -> str:
    """Runs a study; the line it fails with, or nothing. What there is then is whole."""
    try:
        small_study(out, listener=listener)
        line = ""
    # A place that cannot be written is a wrong request, if it shows before any work.
    except (RequestError, StudyError) as error:
        line = str(error)
    assert not line or (str(out) in line and "\n" not in line)
    assert temporary_files(out) == []
    if (out / "study.json").exists():
        assert Study.open(out).damaged == ()
    return line


def fills_up(disk: Path, sound: Path, free_kilobytes: int) -> bool:
    """Runs a study on a disk with so much room, then with enough; whether the room was too little."""
    out = disk / "study"
    remount(disk, "size=4m")
    shutil.rmtree(out, ignore_errors=True)
    # Tmpfs counts pages: so many are left beside one large file.
    (disk / "ballast").write_bytes(bytes(1024 * KILOBYTE))
    remount(disk, f"size={1024 + free_kilobytes}k")
    line = attempt(out)
    assert not line or "bytes" in line or "Check" in line
    stand = {run.variant for run in Study.open(out).runs} if (out / "study.json").exists() else set()
    remount(disk, "size=4m")
    watching = Watching()
    small_study(out, listener=watching)
    assert stand.isdisjoint(name for name, _ in watching.done)
    assert (differing_files(out, sound), leftovers(out)) == ([], [])
    return bool(line)


def test_a_full_disk_is_one_line_and_the_study_goes_on_with_room(disk: Path, sound: Path) -> None:
    assert [fills_up(disk, sound, room) for room in (0, 4, 24, 56)] == [True] * 4


@pytest.mark.torture
def test_a_disk_that_is_full_at_every_size(disk: Path, sound: Path) -> None:
    found = [fills_up(disk, sound, room) for room in range(0, 160, 4)]
    print(f"torture: disk full: {len(found)} sizes of disk, {sum(found)} of them full before the end")
    assert found == sorted(found, reverse=True)
    assert 10 < sum(found) < len(found)


class FullAt:
    """In place of `os.fsync`: fails at one of the files written, as a full disk does."""

    def __init__(self, number: int) -> None:
        self.number, self.count = number, 0
        self._sync = os.fsync

    def __call__(self, handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            self.count += 1
            if self.count == self.number:
                raise OSError(errno.ENOSPC, "No space left on device")
        self._sync(handle)


def fail_writes(folder: Path, sound: Path, every: int) -> tuple[int, int]:
    """Fails the first write of a study, and every so many; how many were tried, and how many stopped it."""
    number, num_tried, num_stopped, failing = 1, 0, 0, FullAt(0)
    while failing.count >= failing.number:
        out, failing = folder / str(number), FullAt(number)
        with patch("os.fsync", failing):
            line = attempt(out)
        assert not line or "bytes" in line
        small_study(out)
        assert (differing_files(out, sound), leftovers(out)) == ([], [])
        number, num_tried, num_stopped = number + every, num_tried + 1, num_stopped + bool(line)
    return num_tried, num_stopped


def test_a_write_may_fail_for_want_of_room(sound: Path, tmp_path: Path) -> None:
    _, num_stopped = fail_writes(tmp_path, sound, every=5)
    assert num_stopped >= 3


@pytest.mark.torture
def test_every_write_may_fail_for_want_of_room(sound: Path, tmp_path: Path) -> None:
    num_tried, num_stopped = fail_writes(tmp_path, sound, every=1)
    print(f"torture: disk full: each of {num_tried - 1} writes failed once, {num_stopped} stopped the study")
    # study.json, nine files of two runs, the table thrice, inference.json and the gallery; checkpoints more.
    assert num_stopped >= 15


def test_the_line_says_how_much_room_it_takes(tmp_path: Path) -> None:
    with (
        patch("os.fsync", FullAt(1)),
        pytest.raises(
            StudyError,
            match=r"study\.json to be writable, but got 'No space left on device'\. "
            r"It takes [\d,]{4,} bytes, and [\d,]+ are free: make room",
        ),
    ):
        small_study(tmp_path / "study")


def test_a_report_that_has_no_room_leaves_the_old_one(sound: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    shutil.copytree(sound, out)
    page = write_report(Study.open(out)).read_bytes()
    with patch("os.fsync", FullAt(1)), pytest.raises(StudyError, match=r"report\.html to be writable"):
        write_report(Study.open(out))
    assert (out / "report.html").read_bytes() == page


def test_a_directory_that_may_not_be_written_is_one_line(disk: Path, sound: Path) -> None:
    out = disk / "study"
    shutil.copytree(sound, out)
    (out / "inference.json").unlink()
    shutil.rmtree(out / "runs" / "independent-seed0")
    remount(disk, "ro")
    # Reading needs no right to write.
    assert len(Study.open(out).runs) == 1
    assert "Read-only file system" in attempt(out)
    remount(disk, "rw")
    small_study(out)
    assert differing_files(out, sound) == []


class Moving(Watching):
    """Moves the study away when its first run begins."""

    def __init__(self, out: Path) -> None:
        super().__init__()
        self._out = out

    def on_run(self, variant: str, seed: int) -> None:
        if self._out.exists():
            self._out.rename(self._out.with_name("away"))
        super().on_run(variant, seed)


def test_a_directory_that_vanishes_is_not_made_again(sound: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    assert "bring back" in attempt(out, Moving(out))
    assert not out.exists()
    (tmp_path / "away").rename(out)
    small_study(out)
    assert differing_files(out, sound) == []
