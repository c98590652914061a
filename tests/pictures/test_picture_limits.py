"""What a small file may cost: bombs are refused before they are decoded, large and odd pictures are read."""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hostile_pictures import BOMBS, in_gif, in_jpeg, in_png, many_scans, segment, tall_png
from PIL import Image

from drawn_pictures import COLOURS, chunk, drawn, saved
from taskgraft.data.store._survey import Layout, survey
from taskgraft.pictures import BadImage, Header, decode, read_header


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_bombs_are_refused_before_they_go_off(name: str) -> None:
    make, reason = BOMBS[name]
    content = make()
    started = time.process_time()
    read_header(content, name)
    bad = decode(content, name, shape=(64, 64))
    assert time.process_time() - started < 1
    assert isinstance(bad, BadImage)
    assert bad.reason.startswith(reason)
    assert "\n" not in bad.line


def shown(content: bytes) -> np.ndarray:
    image = decode(content, "", shape=(16, 16))
    assert isinstance(image, np.ndarray), image
    return image


@pytest.mark.parametrize(
    ("width", "height"), [(20_000, 800), (800, 20_000), (65_535, 8), (8, 65_535), (1, 40_000)]
)
def test_panoramas_and_stitched_scans_are_read(width: int, height: int) -> None:
    assert not shown(tall_png(width, height)).any()
    assert read_header(tall_png(width, height), "") == Header(height, width, True)


@pytest.mark.parametrize("num_scans", [10, 64])
def test_progressive_pictures_are_read(num_scans: int) -> None:
    assert np.all(np.abs(shown(many_scans(num_scans)).astype(int) - 90) < 3)


def test_what_looks_like_scans_in_a_preview_is_none() -> None:
    """Notes of a camera, and a second picture behind the first, hold any bytes."""
    notes = [segment(0xE7, b"\xff\xda\0\x02" * 15_000) for _ in range(8)]
    behind = many_scans(300, 64)
    content = in_jpeg(*notes) + behind
    assert content.count(b"\xff\xda") > 1000
    assert not isinstance(decode(content, ""), BadImage)


def test_a_scan_marker_cut_by_a_block_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskgraft.pictures._picture_limits._BLOCK_BYTES", 7)
    assert isinstance(decode(many_scans(201, 64), ""), BadImage)
    assert not isinstance(decode(many_scans(200, 64), ""), BadImage)


def test_usual_extras_are_read() -> None:
    shown(in_jpeg(*[segment(0xE2, b"ICC_PROFILE\0" + bytes(60_000))] * 255, segment(0xFE, b"a remark")))
    shown(in_gif((b"!\xfe" + b"\xff".ljust(256, b"a") * 20 + b"\0") * 20))
    shown(in_png(*[chunk(b"tEXt", b"key\0value")] * 1000))
    shown(saved(drawn("RGB", COLOURS), "TIFF", strip_size=80))
    pages = BytesIO()
    first, second = drawn("RGB", COLOURS), Image.new("RGB", (500, 500))
    first.save(pages, "TIFF", save_all=True, append_images=[second] * 2, compression="tiff_deflate")
    assert np.array_equal(shown(pages.getvalue()), shown(saved(first, "PNG")))


def test_a_file_is_bounded_on_disk_as_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "scans.jpg"
    path.write_bytes(many_scans(500, 512))
    bad = decode(path, "scans.jpg")
    assert isinstance(bad, BadImage)
    assert bad.reason.startswith("more scans than the 200")


def test_a_bomb_has_no_say_in_the_shape() -> None:
    assert survey([tall_png(1, 70_000), saved(Image.new("RGB", (20, 20)), "PNG")]) == Layout(3, 20, 20)
