from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from picture_corpus import stored_for
from PIL import Image

from drawn_pictures import COLOURS, GREEN, HEIGHT, WIDTH, drawn, quadrants, saved
from needs import require
from taskgraft.data.store import build_store
from taskgraft.errors import DataError
from taskgraft.pictures import BadImage, Header, decode, has_heif, read_header
from taskgraft.pictures import _decode as decode_module

needs_heif = pytest.mark.usefixtures("heif")
PHONE = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


@pytest.fixture
def heif() -> None:
    require(has_heif(), "no HEIC is read: pip install taskgraft[heif]")


def heic(image: Image.Image, **options: object) -> bytes:
    import_module("pillow_heif").register_heif_opener()
    return saved(image, "HEIF", quality=95, **options)


def middles(image: object) -> np.ndarray:
    assert isinstance(image, np.ndarray), image
    rows, columns = [HEIGHT // 4, HEIGHT * 3 // 4], [WIDTH // 4, WIDTH * 3 // 4]
    return image.transpose(1, 2, 0)[np.ix_(rows, columns)].astype(int)


def test_without_the_extra_the_reason_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_module, "has_heif", lambda: False)
    line = "fig.heic: a HEIC picture, which needs `pip install taskgraft[heif]`"
    for bad in (decode(PHONE, "fig.heic"), read_header(PHONE, "fig.heic")):
        assert isinstance(bad, BadImage)
        assert bad.line == line


def test_a_folder_of_a_phone_says_at_once_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode_module, "has_heif", lambda: False)
    with pytest.raises(DataError, match=r"Run `pip install taskgraft\[heif\]` to read HEIC. Check the path."):
        build_store([PHONE] * 3, ["a", "b", "c"], cache=tmp_path)


@needs_heif
def test_a_picture_of_a_phone_is_read() -> None:
    content = heic(drawn("RGB", COLOURS))
    assert read_header(content, "") == Header(HEIGHT, WIDTH, False)
    assert np.abs(middles(decode(content, "")) - middles(quadrants(COLOURS).transpose(2, 0, 1))).max() < 24


@needs_heif
def test_grey_is_kept_grey() -> None:
    header = read_header(heic(Image.new("L", (64, 64), 100)), "")
    assert header == Header(64, 64, True)


@needs_heif
def test_of_several_pictures_the_main_one_is_read() -> None:
    others = [Image.new("RGB", (WIDTH, HEIGHT))] * 2
    content = heic(drawn("RGB", COLOURS), save_all=True, append_images=others, primary_index=0)
    assert np.abs(middles(decode(content, "")) - middles(quadrants(COLOURS).transpose(2, 0, 1))).max() < 24


@needs_heif
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_camera_is_set_upright_once(orientation: int) -> None:
    shown = quadrants(COLOURS)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = heic(Image.fromarray(stored_for(orientation, shown)), exif=exif.tobytes())
    assert read_header(content, "") == Header(HEIGHT, WIDTH, False)
    assert np.abs(middles(decode(content, "")) - middles(shown.transpose(2, 0, 1))).max() < 24


@needs_heif
def test_clear_parts_are_white() -> None:
    image = decode(heic(Image.new("RGBA", (64, 64), (0, 0, 0, 0))), "", shape=(16, 16))
    assert isinstance(image, np.ndarray)
    assert image.min() > 250


@needs_heif
def test_a_thumbnail_does_not_stand_for_the_picture() -> None:
    picture = Image.new("RGB", (512, 512), GREEN)
    content = heic(picture, thumbnails=[64])
    assert np.array_equal(decode(content, "", shape=(16, 16)), decode(heic(picture), "", shape=(16, 16)))


@needs_heif
@pytest.mark.parametrize("percent", [1, 10, 40, 70, 95])
def test_damage_is_one_line(percent: int) -> None:
    content = heic(Image.effect_noise((64, 64), 80).convert("RGB"))
    bad = decode(content[: len(content) * percent // 100], "half.heic")
    assert isinstance(bad, BadImage)
    assert bad.reason.isprintable()
    assert len(bad.line) < 300
