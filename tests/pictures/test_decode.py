from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_corpus import Case, broken, good
from PIL import Image

from drawn_pictures import COLOURS, GREEN, HEIGHT, RED, WIDTH, drawn, quadrants, saved
from taskgraft.pictures import BadImage, Fit, Header, decode, read_header

GOOD, BROKEN = list(good()), list(broken())


def _is_shown(case: Case, image: np.ndarray) -> bool:
    assert case.shown is not None
    seen, wanted = image.transpose(1, 2, 0).astype(int), case.shown.astype(int)
    if seen.shape != wanted.shape:
        return False
    if case.tolerance:
        rows, columns = [HEIGHT // 4, HEIGHT * 3 // 4], [WIDTH // 4, WIDTH * 3 // 4]
        seen, wanted = seen[np.ix_(rows, columns)], wanted[np.ix_(rows, columns)]
    return bool(np.abs(seen - wanted).max() <= case.tolerance)


def test_the_corpus_is_large_enough() -> None:
    assert len(GOOD) + len(BROKEN) >= 300


@pytest.mark.parametrize("case", GOOD, ids=lambda case: ascii(case.name))
def test_good_files_give_the_picture_a_viewer_shows(case: Case) -> None:
    image = decode(case.content, case.name)
    assert isinstance(image, np.ndarray), image
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert _is_shown(case, image), image.transpose(1, 2, 0)[:: HEIGHT // 2 + 1, :: WIDTH // 2 + 1]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: ascii(case.name))
def test_headers_tell_the_size_that_is_shown(case: Case) -> None:
    header = read_header(case.content, case.name)
    assert isinstance(header, Header)
    assert (header.height, header.width) == (HEIGHT, WIDTH)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_broken_files_give_one_clear_line(case: Case, capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        image = decode(case.content, case.name)
    assert not caught
    assert capfd.readouterr() == ("", "")
    if isinstance(image, np.ndarray):
        assert case.shown is not None, "half a picture was taken for a whole one"
        assert _is_shown(case, image)
        return
    assert image.name == case.name
    assert case.reason is not None
    assert case.reason in image.reason
    assert image.reason.isprintable()
    assert len(image.line) < 180


def test_a_whole_header_before_cut_pixels_is_still_refused() -> None:
    content = saved(Image.effect_noise((64, 64), 80), "JPEG")
    bad = decode(content[: len(content) // 2], "half.jpg")
    assert bad == BadImage("half.jpg", "cut short: the file ends before the picture does")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([case.content for case in GOOD]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_no_damage_raises(content: bytes, changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(content)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    image = decode(bytes(damaged), "damaged", shape=(16, 16))
    assert isinstance(image, BadImage) or image.shape == (3, 16, 16)
    assert isinstance(read_header(bytes(damaged), "damaged"), BadImage | Header)


@pytest.mark.parametrize("error", [MemoryError(), RecursionError("deep"), ZeroDivisionError("by zero")])
def test_whatever_a_decoder_raises_is_one_line(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(Image, "open", fail)
    bad = decode(saved(drawn("RGB", COLOURS), "PNG"), "odd.png")
    assert isinstance(bad, BadImage)
    expected = "more memory needed than there is" if isinstance(error, MemoryError) else f"damaged: {error}"
    assert bad.reason == expected


class TestHeaders:
    @pytest.mark.parametrize(
        ("mode", "form", "is_grey"),
        [
            ("1", "PNG", True),
            ("L", "JPEG", True),
            ("LA", "PNG", True),
            ("I;16", "PNG", True),
            ("P", "PNG", False),
            ("RGB", "PNG", False),
            ("CMYK", "JPEG", False),
            ("RGBA", "WEBP", False),
        ],
    )
    def test_grey_is_what_can_hold_nothing_else(self, mode: str, form: str, is_grey: bool) -> None:
        header = read_header(saved(Image.new(mode, (5, 4)), form), "")
        assert header == Header(4, 5, is_grey)

    def test_deep_grey_with_alpha_is_grey(self) -> None:
        (case,) = (case for case in GOOD if case.name == "la16.png")
        header = read_header(case.content, "")
        assert isinstance(header, Header)
        assert header.is_grey
        assert decode(case.content, "", num_channels=1)[0].tolist() == case.shown[:, :, 0].tolist()


class TestFit:
    @pytest.mark.parametrize("fit", ["crop", "pad"])
    @pytest.mark.parametrize("num_channels", [1, 3])
    def test_the_wanted_shape_is_kept_bit_for_bit(self, fit: Fit, num_channels: int) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (20, 30) + (3,) * (num_channels == 3), np.uint8)
        content = saved(Image.fromarray(pixels), "PNG")
        image = decode(content, "", shape=(20, 30), num_channels=num_channels, fit=fit)
        assert np.array_equal(image, pixels.reshape(20, 30, num_channels).transpose(2, 0, 1))

    def test_crop_cuts_both_sides_evenly(self) -> None:
        # Red, then a square of green, then red: green is left, but for what the filter sees at the edge.
        pixels = np.zeros((40, 100, 3), np.uint8)
        pixels[:, :30], pixels[:, 30:70], pixels[:, 70:] = RED, GREEN, RED
        for turned in (pixels, pixels.swapaxes(0, 1)):
            image = decode(saved(Image.fromarray(turned), "PNG"), "", shape=(20, 20), fit="crop")
            assert np.all(image[1, 1:-1, 1:-1] == 255)
            assert not image[0, 1:-1, 1:-1].any()
            assert np.array_equal(image, image[:, ::-1, ::-1])
            assert image[0].max() < 30

    def test_pad_shows_all_between_bars_of_black(self) -> None:
        content = saved(Image.new("RGB", (100, 50), GREEN), "PNG")
        image = decode(content, "", shape=(20, 20), fit="pad")
        assert np.all(image[1, 5:15] == 255)
        assert not image[:, :5].any()
        assert not image[:, 15:].any()

    @pytest.mark.parametrize("fit", ["crop", "pad"])
    @settings(max_examples=60, deadline=None)
    @given(
        st.tuples(st.integers(1, 300), st.integers(1, 300)), st.tuples(st.integers(1, 60), st.integers(1, 60))
    )
    def test_one_colour_stays_that_colour(
        self, fit: Fit, size: tuple[int, int], shape: tuple[int, int]
    ) -> None:
        image = decode(saved(Image.new("RGB", size, RED), "BMP"), "", shape=shape, fit=fit)
        assert image.shape == (3, *shape)
        if fit == "pad":
            rows, columns = np.flatnonzero(image[0].any(1)), np.flatnonzero(image[0].any(0))
            image = image[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert np.all(image[0] == 255)
        assert not image[1:].any()

    def test_shrinking_averages_instead_of_picking(self) -> None:
        stripes = np.tile(np.array([0, 255], np.uint8), (200, 100))
        image = decode(saved(Image.fromarray(stripes), "PNG"), "", shape=(20, 20), num_channels=1)
        assert np.abs(image.astype(int) - 127).max() <= 8

    def test_a_large_jpeg_is_decoded_small_and_looks_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        image = Image.linear_gradient("L").resize((1600, 1200)).convert("RGB")
        file = saved(image, "JPEG", quality=95)
        quick = decode(file, "", shape=(32, 32))
        requested = []
        monkeypatch.setattr("PIL.JpegImagePlugin.JpegImageFile.draft", lambda *args: requested.append(args))
        full = decode(file, "", shape=(32, 32))
        assert requested
        assert np.abs(quick.astype(int) - full).max() <= 3


def test_other_threads_find_the_filters_as_they_were() -> None:
    before = list(warnings.filters)
    decode(saved(drawn("RGB", COLOURS), "PNG"), "")
    assert list(warnings.filters) == before


def test_bombs_warn_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(decode(saved(drawn("RGB", COLOURS), "PNG"), ""), np.ndarray)


def test_grey_is_kept_grey() -> None:
    content = saved(drawn("L", (0, 80, 160, 255)), "PNG")
    assert np.array_equal(decode(content, "", num_channels=1)[0], quadrants((0, 80, 160, 255)))
