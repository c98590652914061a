from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from stored_pictures import build, pixels, png
from taskgraft.data.store import build_store, release
from taskgraft.errors import DataError, RequestError


class TestImages:
    def test_pictures_of_one_shape_are_kept_bit_for_bit(self, paths: list[Path], tmp_path: Path) -> None:
        store = build(paths, tmp_path / "cache")
        wanted = np.stack([pixels(number) for number in range(6)]).transpose(0, 3, 1, 2)
        assert np.array_equal(store.images, wanted)
        assert store.positions.tolist() == list(range(6))
        assert store.positions.dtype == np.int64
        assert store.bad == ()
        assert store.digest == hashlib.sha256(np.ascontiguousarray(wanted)).hexdigest()

    def test_grey_pictures_have_one_channel(self, tmp_path: Path) -> None:
        pictures = [png(pixels(number, channels=1)) for number in range(3)]
        assert build(pictures, tmp_path).images.shape == (3, 1, 20, 24)
        mixed = build([*pictures, png(pixels(9))], tmp_path)
        assert mixed.images.shape == (4, 3, 20, 24)
        assert np.array_equal(mixed.images[0, 0], pixels(0, channels=1))
        assert build([*pictures, png(pixels(9))], tmp_path, size=16).images.shape == (4, 3, 16, 16)
        assert build(pictures, tmp_path, size=16).images.shape == (3, 1, 16, 16)

    @pytest.mark.parametrize(
        ("shapes", "wanted"),
        [
            ([(20, 24), (24, 20)], (32, 32)),
            ([(100, 80), (80, 100)], (64, 64)),
            ([(100, 200), (100, 30), (100, 200)], (64, 64)),
            ([(225, 100)] * 2, (64, 64)),
            ([(15, 100)] * 2, (32, 32)),
            ([(16, 224)] * 2, (16, 224)),
        ],
    )
    def test_the_shape_suits_the_pictures(
        self, shapes: list[tuple[int, int]], wanted: tuple[int, int], tmp_path: Path
    ) -> None:
        pictures = [png(pixels(number, *shape)) for number, shape in enumerate(shapes)]
        assert build(pictures, tmp_path).images.shape[2:] == wanted

    def test_crop_and_pad_are_stores_of_their_own(self, tmp_path: Path) -> None:
        picture = [png(np.full((40, 80, 3), 200, np.uint8))]
        assert build(picture, tmp_path, size=20).images.min() == 200
        assert build(picture, tmp_path, size=20, fit="pad").images.min() == 0

    def test_up_to_512_pixels_are_kept_where_they_are_wanted(self, tmp_path: Path) -> None:
        large = [png(pixels(0, 600, 700))]
        assert build(large, tmp_path, size=512).images.shape == (1, 3, 512, 512)
        assert build([png(pixels(0, 512, 512))], tmp_path).images.shape[2:] == (64, 64)

    @pytest.mark.parametrize("size", [15, 513, 0, -1])
    def test_sizes_out_of_range(self, size: int, tmp_path: Path) -> None:
        with pytest.raises(RequestError, match=f"Expected size to be from 16 to 512 pixels, but got {size}"):
            build([png(pixels(0))], tmp_path, size=size)

    def test_torch_takes_them_without_a_warning_and_the_file_is_safe(
        self, paths: list[Path], tmp_path: Path
    ) -> None:
        store = build(paths, tmp_path / "cache")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tensor = torch.from_numpy(store.images)
        tensor.zero_()
        assert build(paths, tmp_path / "cache").images.any()

    def test_pictures_may_be_fetched_one_at_a_time(self, tmp_path: Path) -> None:
        class Fetched(Sequence[bytes]):
            def __len__(self) -> int:
                return 20

            def __getitem__(self, index: int) -> bytes:
                return {number: png(pixels(number)) for number in [index]}[int(index)]

        store = build_store(Fetched(), [str(number) for number in range(20)], cache=tmp_path)
        assert np.array_equal(store.images[19], pixels(19).transpose(2, 0, 1))

    def test_progress_ends_with_all(self, tmp_path: Path) -> None:
        seen: list[tuple[int, int]] = []
        pictures = [png(pixels(0))] * 150
        build(pictures, tmp_path, progress=lambda done, total: seen.append((done, total)))
        assert seen == [(64, 150), (128, 150), (150, 150)]


class TestBadImages:
    @pytest.fixture
    def mixed(self, paths: list[Path]) -> list[Path]:
        paths[1].write_bytes(b"")
        paths[4].write_bytes(png(pixels(4))[:200])
        return paths

    def test_all_of_them_are_listed_at_once(self, mixed: list[Path], tmp_path: Path) -> None:
        for _ in range(2):  # made, and found
            with pytest.raises(DataError) as raised:
                build(mixed, tmp_path / "cache")
            assert str(raised.value) == (
                "Expected the number of unreadable images to be 0 of 6, but got 2. "
                "Mend or remove them, or pass on_bad_image='skip'."
            )
            assert raised.value.details == (
                "1.png: an empty file",
                "4.png: cut short: the file ends before the picture does",
            )

    def test_skip_leaves_them_out(self, mixed: list[Path], tmp_path: Path) -> None:
        store = build(mixed, tmp_path / "cache", on_bad="skip")
        assert store.positions.tolist() == [0, 2, 3, 5]
        assert [bad.name for bad in store.bad] == ["1.png", "4.png"]
        assert np.array_equal(store.images[3], pixels(5).transpose(2, 0, 1))

    def test_names_are_those_of_the_call(self, mixed: list[Path], tmp_path: Path) -> None:
        build(mixed, tmp_path / "cache", on_bad="skip")
        store = build_store(mixed, list("abcdef"), cache=tmp_path / "cache", on_bad="skip")
        assert [bad.name for bad in store.bad] == ["b", "e"]

    @pytest.mark.parametrize("on_bad", ["error", "skip"])
    def test_nothing_but_bad_ones_is_an_error(self, on_bad: str, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="unreadable images to be fewer than all 2, but got 2") as raised:
            build([b"", b"text"], tmp_path, on_bad=on_bad)
        assert len(raised.value.details) == 2

    def test_no_pictures_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="the images to be one or more, but got 0"):
            build([], tmp_path)

    @pytest.mark.usefixtures("settled")
    def test_a_mended_file_is_taken(self, mixed: list[Path], tmp_path: Path) -> None:
        build(mixed, tmp_path / "cache", on_bad="skip")
        mixed[1].write_bytes(png(pixels(1)))
        mixed[4].unlink()
        store = build(mixed, tmp_path / "cache", on_bad="skip")
        assert store.positions.tolist() == [0, 1, 2, 3, 5]
        assert store.bad[0].reason == "no such file, or a link to a missing one"


class TestRelease:
    def test_released_pages_are_read_again(self, paths: list[Path], tmp_path: Path) -> None:
        images = build(paths, tmp_path / "cache").images
        before = images.copy()
        release(images)
        assert np.array_equal(images, before)
        release(images[2:4])
        release(np.asarray(images))
        assert np.array_equal(images, before)

    def test_arrays_in_memory_keep_what_they_hold(self) -> None:
        plain = pixels(0)
        release(plain)
        release(plain[3:])
        assert np.array_equal(plain, pixels(0))

    @pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what is mapped")
    def test_resident_memory_falls(self, tmp_path: Path) -> None:
        pictures = [png(np.full((224, 224, 3), number, np.uint8)) for number in range(20)]
        images = build(pictures, tmp_path).images
        images.sum()
        assert _resident_kb(tmp_path) > 2000
        release(images)
        assert _resident_kb(tmp_path) == 0


def _resident_kb(folder: Path) -> int:
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    for line in lines:
        if str(folder) in line:
            return int(next(line for line in lines if line.startswith("Rss:")).split()[1])
    return 0
