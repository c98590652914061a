"""What a store promises of the cache: nothing is done twice, and nothing half is believed."""

from __future__ import annotations

import os
import shutil
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from drawn_pictures import saved
from PIL import Image
from stored_pictures import build, files, pixels, png

from taskgraft.data import contents, file_stamp, image_store
from taskgraft.data.image_store import build_store
from taskgraft.errors import DataError


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.png").write_bytes(png(pixels(number)))
    return sorted(folder.iterdir())


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of this moment are trusted as if they were old."""
    monkeypatch.setattr(file_stamp, "SETTLED_SECONDS", -60.0)


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise AssertionError("a picture was read")

    for module, name in ((contents, "open_picture"), (image_store, "decode"), (image_store, "survey")):
        monkeypatch.setattr(module, name, fail)


def bmp(number: int) -> bytes:
    return saved(Image.fromarray(pixels(number)), "BMP")


class TestCache:
    @pytest.mark.usefixtures("settled")
    def test_the_second_start_reads_no_picture(
        self, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = build(paths, tmp_path / "cache")
        no_reading(monkeypatch)
        second = build(paths, tmp_path / "cache")
        assert np.array_equal(first.images, second.images)
        assert first.digest == second.digest

    def test_files_of_this_moment_are_not_trusted(self, paths: list[Path], tmp_path: Path) -> None:
        """Their times are too coarse to show a change that follows at once."""
        before = build(paths, tmp_path / "cache")
        times = paths[0].stat()
        content = bytearray(paths[0].read_bytes())
        paths[0].write_bytes(png(255 - pixels(0))[: len(content)].ljust(len(content), b"\0"))
        os.utime(paths[0], ns=(times.st_atime_ns, times.st_mtime_ns))
        after = build(paths, tmp_path / "cache")
        assert np.array_equal(after.images[0], 255 - before.images[0])

    @pytest.mark.usefixtures("settled")
    def test_changed_content_is_noticed(self, paths: list[Path], tmp_path: Path) -> None:
        before = build(paths, tmp_path / "cache")
        paths[2].write_bytes(png(pixels(99)))
        after = build(paths, tmp_path / "cache")
        assert np.array_equal(after.images[2], pixels(99).transpose(2, 0, 1))
        assert np.array_equal(after.images[3], before.images[3])
        assert after.digest != before.digest

    def test_another_order_is_another_store(self, paths: list[Path], tmp_path: Path) -> None:
        before = build(paths, tmp_path / "cache")
        after = build(paths[::-1], tmp_path / "cache")
        assert np.array_equal(after.images, before.images[::-1])

    def test_a_copied_folder_finds_the_store(
        self, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        build(paths, tmp_path / "cache")
        copies = [tmp_path / f"copy-{path.name}" for path in paths]
        for path, copy in zip(paths, copies, strict=True):
            copy.write_bytes(path.read_bytes())
        monkeypatch.setattr(image_store, "survey", None)
        assert len(build(copies, tmp_path / "cache").images) == 6
        assert len(build([path.read_bytes() for path in paths], tmp_path / "cache").images) == 6

    @pytest.mark.usefixtures("settled")
    @pytest.mark.parametrize("harm", ["cut", "swapped", "another list's"])
    def test_a_spoilt_memory_of_files_leads_to_no_other_images(
        self, harm: str, paths: list[Path], tmp_path: Path
    ) -> None:
        """Two hashes in the wrong order would find the store of the pictures in that order."""
        cache = tmp_path / "cache"
        before = build(paths, cache).images.copy()
        (memory,) = files(cache, ".npy")
        build(paths[::-1], cache)
        (other,) = set(files(cache, ".npy")) - {memory}
        if harm == "cut":
            memory.write_bytes(memory.read_bytes()[:50])
        elif harm == "swapped":
            content = memory.read_bytes()
            entries = np.load(memory)
            memory.write_bytes(content.replace(entries.tobytes(), entries[::-1].tobytes()))
        else:
            shutil.copyfile(other, memory)
        assert np.array_equal(build(paths, cache).images, before)

    @pytest.mark.usefixtures("settled")
    def test_folders_that_swap_their_names_swap_their_pictures(self, tmp_path: Path) -> None:
        """Files of one size, written at one moment, are told apart by more than size and times."""
        for number, name in enumerate(("a", "b")):
            (tmp_path / name).mkdir()
            (tmp_path / name / "1.bmp").write_bytes(bmp(number))
        paths = [tmp_path / name / "1.bmp" for name in ("a", "b")]
        for _ in range(1000):  # until both are of one tick of the system's clock
            for path in paths:
                os.utime(path, ns=(10**18, 10**18))
            if paths[0].stat().st_ctime_ns == paths[1].stat().st_ctime_ns:
                break
        before = build(paths, tmp_path / "cache").images.copy()
        (tmp_path / "a").rename(tmp_path / "c")
        (tmp_path / "b").rename(tmp_path / "a")
        (tmp_path / "c").rename(tmp_path / "b")
        assert np.array_equal(build(paths, tmp_path / "cache").images, before[::-1])

    def test_the_cache_is_the_users(self, paths: list[Path], private_cache: Path) -> None:
        build_store(paths, [path.name for path in paths])
        assert files(private_cache / "images", ".images")

    def test_a_cache_that_cannot_be_written(self, paths: list[Path], tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(DataError, match=r"the cache .*file/images to be readable and writable"):
            build(paths, tmp_path / "file" / "images")

    @pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
    def test_a_stop_leaves_nothing(
        self, stop: type[BaseException], paths: list[Path], tmp_path: Path
    ) -> None:
        def interrupt(done: int, total: int) -> None:
            raise stop

        cache = tmp_path / "cache"
        with pytest.raises(stop):
            build(paths, cache, progress=interrupt)
        assert not files(cache, ".images")
        assert not files(cache, ".json")
        assert not files(cache, ".part")
        assert len(build(paths, cache).images) == 6

    def test_a_full_disk_leaves_nothing(
        self, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(DataError, match="No space left on device"):
            build(paths, tmp_path / "cache")
        assert not files(tmp_path / "cache", ".part")
        assert not files(tmp_path / "cache", ".images")

    def test_builders_at_once_end_with_one_store(self, paths: list[Path], tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        with get_context("spawn").Pool(2) as pool:
            digests = pool.starmap(_digest, [(paths, cache)] * 4)
        assert len(set(digests)) == 1
        assert len(files(cache, ".images")) == 1
        assert not files(cache, ".part")
        assert build(paths, cache).digest == digests[0]


def _digest(paths: list[Path], cache: Path) -> str:
    return build(paths, cache).digest
