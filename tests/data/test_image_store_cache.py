"""What a store promises of the cache: nothing is done twice, and nothing half is believed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drawn_pictures import saved
from forked import PROCESSES
from stored_pictures import build, files, pixels, png
from taskgraft.data.store import _contents as contents
from taskgraft.data.store import _image_store as image_store
from taskgraft.data.store import build_store
from taskgraft.data.store._stored_images import write_stored
from taskgraft.errors import DataError
from taskgraft.pictures import NEEDS_HEIF
from taskgraft.pictures import _decode as decode_module


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise AssertionError("a picture was read")

    for module, name in ((contents, "open_picture"), (image_store, "decode"), (image_store, "survey")):
        monkeypatch.setattr(module, name, fail)


def fail_on(error: Exception, path: Path, patch: pytest.MonkeyPatch) -> None:
    """Has the system fail where one picture is decoded, but not where its content is looked at."""
    opened = decode_module.open_picture

    def open_or_fail(picture: Path) -> object:
        if picture == path:
            raise error
        return opened(picture)

    patch.setattr(decode_module, "open_picture", open_or_fail)


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

    @pytest.mark.usefixtures("settled")
    @pytest.mark.parametrize(
        "error", [MemoryError(), OSError(5, "Input/output error"), OSError(24, "Too many")]
    )
    def test_what_the_system_could_not_do_for_a_moment_is_not_kept(
        self, error: Exception, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache = tmp_path / "cache"
        with monkeypatch.context() as patch:
            fail_on(error, paths[2], patch)
            assert [bad.name for bad in build(paths, cache, on_bad="skip").bad] == ["2.png"]
        assert build(paths, cache, on_bad="skip").bad == ()

    @pytest.mark.usefixtures("settled")
    def test_what_is_in_the_files_is_kept(
        self, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paths[1].unlink()
        paths[3].write_bytes(b"GIF89a")
        pictures = [*paths, None]
        names = list("abcdefg")
        first = build_store(pictures, names, cache=tmp_path / "cache", on_bad="skip")
        assert [(bad.name, bad.reason) for bad in first.bad] == [
            ("b", "no such file, or a link to a missing one"),
            ("d", "damaged at its start"),
            ("g", "no picture in the row"),
        ]
        monkeypatch.setattr(image_store, "decode", None)
        assert build_store(pictures, names, cache=tmp_path / "cache", on_bad="skip").bad == first.bad

    @pytest.mark.usefixtures("settled")
    def test_a_file_that_changes_while_it_is_read_is_not_taken_for_what_it_was(
        self, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache, before = tmp_path / "cache", paths[0].read_bytes()
        with monkeypatch.context() as patch:
            survey = image_store.survey
            patch.setattr(
                image_store, "survey", lambda *of: (paths[0].write_bytes(png(pixels(99))), survey(*of))[1]
            )
            build(paths, cache)
        paths[0].write_bytes(before)
        assert np.array_equal(build(paths, cache).images[0], pixels(0).transpose(2, 0, 1))

    def test_pictures_are_read_once_the_extra_is_installed(
        self, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        phone = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
        for module in (decode_module, image_store):
            monkeypatch.setattr(module, "has_heif", lambda: False)
        store = build([*paths, phone], tmp_path / "cache", on_bad="skip")
        assert [bad.reason for bad in store.bad] == [NEEDS_HEIF]
        monkeypatch.setattr(image_store, "has_heif", lambda: True)
        made = []
        monkeypatch.setattr(image_store, "write_stored", lambda *of: (made.append(of), write_stored(*of)))
        build([*paths, phone], tmp_path / "cache", on_bad="skip")
        assert made

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
        assert not files(cache, ".tmp")
        assert len(build(paths, cache).images) == 6

    def test_a_full_disk_leaves_nothing(
        self, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(DataError, match="No space left on device"):
            build(paths, tmp_path / "cache")
        assert not files(tmp_path / "cache", ".tmp")
        assert not files(tmp_path / "cache", ".images")

    def test_builders_at_once_end_with_one_store(self, paths: list[Path], tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        with PROCESSES.Pool(2) as pool:
            digests = pool.starmap(_digest, [(paths, cache)] * 4)
        assert len(set(digests)) == 1
        assert len(files(cache, ".images")) == 1
        assert not files(cache, ".tmp")
        assert build(paths, cache).digest == digests[0]


def _digest(paths: list[Path], cache: Path) -> str:
    return build(paths, cache).digest
