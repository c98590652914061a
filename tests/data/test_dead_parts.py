"""A builder that is killed leaves half a store behind, which the next one removes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stored_pictures import build, files, pixels, png
from taskgraft.locks import locked

KILLED = """
import os, sys
from pathlib import Path
from taskgraft.data.store import build_store
paths = [Path(name) for name in sys.argv[2:]]
build_store(paths, sys.argv[2:], cache=Path(sys.argv[1]), progress=lambda *_: os.kill(os.getpid(), 9))
"""


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(png(pixels(number)))
    return paths


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def test_a_killed_builder_leaves_nothing_for_long(paths: list[Path], cache: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, cache, *paths], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert files(cache, ".tmp")
    build(paths[:3], cache)  # other pictures: their store has another name
    assert not files(cache, ".tmp")


def test_parts_of_the_dead_are_removed_whoever_they_were(paths: list[Path], cache: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (cache / f".abc.images.{ended.pid}.tmp").touch()
    (cache / f".abc.json.{ended.pid}.tmp").touch()
    (cache / f".files-abc.npy.{ended.pid}.tmp").touch()
    (cache / ".abc.images.99999999999999999999.tmp").touch()
    build(paths, cache)
    assert not files(cache, ".tmp")
    (cache / f".abc.images.{ended.pid}.tmp").touch()
    build(paths, cache)  # nothing is written any more
    assert not files(cache, ".tmp")


def test_parts_of_the_living_stay(paths: list[Path], cache: Path) -> None:
    part = cache / f".abc.images.{os.getpid()}.tmp"
    part.touch()
    build(paths, cache)
    assert files(cache, ".tmp") == [part]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux says when a process began")
def test_a_number_that_came_again_does_not_save_a_part(paths: list[Path], cache: Path) -> None:
    part = cache / f".abc.images.{os.getpid()}.tmp"
    part.touch()
    os.utime(part, (0, 10**9))
    build(paths, cache)
    assert not files(cache, ".tmp")


def test_a_part_whose_lock_is_held_stays(paths: list[Path], cache: Path) -> None:
    """Its builder is on another host, where the number means another process."""
    part = cache / ".abc.images.4194999.tmp"
    part.touch()
    with locked(cache / "abc.lock"):
        build(paths, cache)
        assert files(cache, ".tmp") == [part]
    build(paths[:3], cache)
    assert not files(cache, ".tmp")


def test_other_names_are_nobodys_business(paths: list[Path], cache: Path) -> None:
    others = [
        cache / "notes.tmp",
        cache / ".abc.images.x1.tmp",
        cache / ".1.tmp",
        cache / ".abc.lock.1.4194999.tmp",
    ]
    for other in others:
        other.touch()
    build(paths, cache)
    assert files(cache, ".tmp") == sorted(others)
