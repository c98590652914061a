"""A store is believed when its bytes are those that were written, and made again otherwise."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stored_pictures import build, files
from taskgraft.data.store import _image_store as image_store
from taskgraft.data.store import _stored_images as stored_images
from taskgraft.errors import DataError


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    with path.open("r+b") as file:  # the same file, as when a disk rots
        file.write(content)


def rewrite(header: Path, **changes: object) -> None:
    header.write_text(json.dumps({**json.loads(header.read_text()), **changes}))


HARMS: dict[str, Callable[[Path, Path], object]] = {
    "missing": lambda images, header: images.unlink(),
    "short": lambda images, header: os.truncate(images, 100),
    "empty": lambda images, header: os.truncate(images, 0),
    "long": lambda images, header: images.write_bytes(images.read_bytes() + b"x"),
    "a bit of the first image": lambda images, header: flip(images, 0),
    "a bit of the last image": lambda images, header: flip(images, -1),
    "zeros": lambda images, header: images.write_bytes(bytes(images.stat().st_size)),
    "no header": lambda images, header: header.unlink(),
    "torn header": lambda images, header: header.write_text(header.read_text()[:20]),
    "empty header": lambda images, header: header.write_text(""),
    "odd header": lambda images, header: header.write_text(json.dumps({"shape": [1, 2], "digest": 0})),
    "list for header": lambda images, header: header.write_text("[]"),
    "deep header": lambda images, header: header.write_text("[" * 100_000),
    "turned shape": lambda images, header: rewrite(header, shape=[6, 3, 24, 20]),
    "more channels": lambda images, header: rewrite(header, shape=[18, 1, 20, 24]),
    "another digest": lambda images, header: rewrite(header, digest="0" * 64),
    "a picture called bad": lambda images, header: rewrite(header, bad=[[2, "an empty file"]]),
    "a bit of the header": lambda images, header: flip(header, 12),
}


@pytest.mark.parametrize("harm", sorted(HARMS))
def test_a_damaged_store_is_made_again_and_said_so(harm: str, paths: list[Path], tmp_path: Path) -> None:
    cache, said = tmp_path / "cache", []
    before = build(paths, cache)
    pixels_before = before.images.copy()
    (images,), (header,) = files(cache, ".images"), files(cache, ".json")
    HARMS[harm](images, header)
    after = build(paths, cache, say=said.append)
    assert np.array_equal(after.images, pixels_before)
    assert after.digest == before.digest
    assert after.bad == ()
    assert len(said) == (harm != "no header")  # a builder that was killed before the header is no damage
    assert all(line.startswith(f"The image store {images.name} is damaged: its ") for line in said)
    build(paths, cache, say=said.append)
    assert len(said) == (harm != "no header")


@pytest.mark.usefixtures("settled")
def test_the_bytes_are_read_once_in_a_process(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    build(paths, cache)
    monkeypatch.setattr(stored_images, "_digest", None)
    build(paths, cache)


@pytest.mark.usefixtures("settled")
def test_a_store_that_rots_later_is_noticed_even_if_its_date_is_kept(
    paths: list[Path], tmp_path: Path
) -> None:
    cache, said = tmp_path / "cache", []
    before = build(paths, cache).images.copy()
    (images,) = files(cache, ".images")
    times = images.stat()
    time.sleep(0.02)  # times of a file have the system's ticks
    flip(images, 7)
    os.utime(images, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert np.array_equal(build(paths, cache, say=said.append).images, before)
    assert len(said) == 1


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("files_of_store", [(".images", ".json"), (".json",), (".images",)])
def test_the_store_of_other_pictures_is_not_taken(
    files_of_store: tuple[str, ...], paths: list[Path], tmp_path: Path
) -> None:
    cache, said = tmp_path / "cache", []
    before = build(paths, cache).images.copy()
    (mine,) = files(cache, ".images")
    build(paths[::-1], cache)
    (other,) = set(files(cache, ".images")) - {mine}
    for ending in files_of_store:
        shutil.copyfile(other.with_suffix(ending), mine.with_suffix(ending))
    assert np.array_equal(build(paths, cache, say=said.append).images, before)
    assert len(said) == 1


def test_what_is_mapped_stays_when_the_store_is_replaced(paths: list[Path], tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    store = build(paths, cache)
    before = store.images.copy()
    (images,) = files(cache, ".images")
    flip(images.with_suffix(".json"), 20)
    build(paths, cache)
    assert np.array_equal(store.images, before)


@pytest.mark.parametrize("kind", [".images", ".json"])
def test_what_cannot_be_read_now_is_not_damage(
    kind: str, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    build(paths, cache)
    opened = Path.open

    def refuse(path: Path, mode: str = "r", *args: object, **options: object) -> object:
        if path.suffix == kind and "r" in mode:
            raise OSError(5, "Input/output error")
        return opened(path, mode, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", lambda path: refuse(path, "rb").read())
    monkeypatch.setattr(image_store, "survey", None)
    with pytest.raises(DataError, match="Input/output error"):
        build(paths, cache)


def test_a_large_store_shows_how_far_its_check_is(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, shown = tmp_path / "cache", []
    build(paths, cache)
    monkeypatch.setattr(stored_images, "_CHUNK_BYTES", 100)
    build(paths, cache, progress=lambda *numbers: shown.append(numbers))
    assert shown == [(1, 6), (2, 6), (3, 6), (4, 6), (5, 6)]
