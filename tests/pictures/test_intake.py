"""Whatever holds a picture comes to the same pixels, and what holds none is refused by its place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from picture_corpus import Case, broken, good
from PIL import Image

from taskgraft.errors import RequestError
from taskgraft.pictures import BadImage, batches, decode, has_heif, named_pictures

Pixels = npt.NDArray[np.uint8]
SHAPE = (3, 12, 16)
CASES = [case for case in good() if has_heif() or not case.name.startswith("heif")]


def pixels_of(pictures: Any, shape: tuple[int, int, int] = SHAPE, fit: Any = "crop") -> Pixels:
    """All that can be read, in one stack; nothing may be bad."""
    parts = list(batches(pictures, shape, fit, 4))
    assert [bad for part in parts for bad in part.bad] == []
    return np.concatenate([part.pixels for part in parts])


def photograph(size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: Any) -> bytes:
    """A large JPEG with detail at every scale."""
    rng = np.random.default_rng(0)
    shape = size[1], size[0], len(mode) if mode != "L" else 1
    field = np.cumsum(np.cumsum(rng.normal(0, 9, shape), axis=0), axis=1) % 256
    image = Image.fromarray(np.uint8(field).squeeze(), mode)
    file = BytesIO()
    image.save(file, "JPEG", quality=90, **options)
    return file.getvalue()


def turned_photograph() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return photograph(exif=exif)


PHOTOGRAPHS: dict[str, Callable[[], bytes]] = {
    "large": photograph,
    "turned": turned_photograph,
    "grey": lambda: photograph(mode="L"),
    "cmyk": lambda: photograph(mode="CMYK"),
    "progressive": lambda: photograph(progressive=True),
}


@pytest.mark.parametrize("kind", PHOTOGRAPHS)
@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("num_channels", [1, 3])
def test_a_photograph_gives_one_stack_of_pixels_whichever_way_it_comes(
    kind: str, fit: Any, num_channels: int, tmp_path: Path
) -> None:
    content = PHOTOGRAPHS[kind]()
    path = tmp_path / "1.jpg"
    path.write_bytes(content)
    shape = (num_channels, *SHAPE[1:])
    # What the store of a study holds, and so what a model was trained on.
    stored = decode(path, "1.jpg", shape=SHAPE[1:], num_channels=num_channels, fit=fit)  # type: ignore[arg-type]
    assert not isinstance(stored, BadImage)
    with Image.open(path) as by_path, path.open("rb") as file:
        ways = [path, str(path), content, bytearray(content), Image.open(BytesIO(content)), by_path, file]
        together = pixels_of(ways, shape, fit)
    for way, pixels in zip(ways, together, strict=True):
        np.testing.assert_array_equal(pixels, stored, err_msg=repr(way))
    # Alone they are decoded in the caller's thread.
    np.testing.assert_array_equal(pixels_of(content, shape, fit)[0], stored)
    np.testing.assert_array_equal(pixels_of(stored, shape, fit)[0], stored)
    np.testing.assert_array_equal(pixels_of(torch.tensor(stored), shape, fit)[0], stored)


def test_an_image_that_was_given_shows_afterwards_what_it_showed_before() -> None:
    content = photograph()
    image, other = (Image.open(BytesIO(content)) for _ in range(2))
    assert image.fp is not None
    place = image.fp.tell()
    # Twice the same object, on threads of which each would decode it.
    both = pixels_of([image, image, image, image, image])
    assert (both == both[0]).all()
    assert image.fp.tell() == place
    np.testing.assert_array_equal(np.asarray(image), np.asarray(other))
    # Decoded by now: its pixels count, and whatever its owner does to them.
    image.paste((255, 0, 0), (0, 0, *image.size))
    assert (pixels_of(image)[0].reshape(3, -1).T == (255, 0, 0)).all()


def test_a_later_frame_is_taken_as_its_owner_left_it() -> None:
    frames = [Image.new("RGB", (32, 24), colour) for colour in ("red", "blue")]
    file = BytesIO()
    frames[0].save(file, "MPO", save_all=True, append_images=frames[1:], quality=95)
    image = Image.open(file)
    image.seek(1)
    red, _, blue = pixels_of(image)[0].reshape(3, -1).mean(axis=1)
    assert blue > 200 > 50 > red


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_picture_of_the_corpus_is_taken(case: Case) -> None:
    """As bytes, and as an image that Pillow has opened, they are the same picture."""
    decoded = decode(case.content, case.name, shape=SHAPE[1:])
    assert not isinstance(decoded, BadImage)
    np.testing.assert_array_equal(pixels_of(case.content)[0], decoded)
    if Image.open(BytesIO(case.content)).mode != "I":  # which Pillow knows to be 16 bits by the file alone
        np.testing.assert_array_equal(pixels_of(Image.open(BytesIO(case.content)))[0], decoded)


def test_every_broken_picture_is_one_line_and_the_others_go_on() -> None:
    cases = [case for case in broken() if case.shown is None]
    pictures = [content for case in cases for content in (case.content, photograph((40, 30)))]
    parts = list(batches(pictures, SHAPE, "crop", 4))
    bad = [one for part in parts for one in part.bad]
    assert [one.name for one in bad] == [f"picture {2 * i}" for i in range(len(cases))]
    for one, case in zip(bad, cases, strict=True):
        assert case.reason is not None
        assert case.reason in one.reason
        assert one.line == f"{one.name}: {one.reason}"
        assert one.line.isprintable()
    assert sum(len(part.names) for part in parts) == len(cases)
    assert all(len(part.pixels) == len(part.names) for part in parts)


@given(
    st.integers(1, 9).flatmap(
        lambda h: st.integers(1, 9).flatmap(
            lambda w: st.sampled_from(
                [(h, w), (h, w, 1), (h, w, 3), (h, w, 4), (1, h, w), (3, h, w), (4, h, w)]
            )
        )
    ),
    st.data(),
)
def test_pixels_of_any_shape_are_one_picture(shape: tuple[int, ...], data: st.DataObject) -> None:
    """Read as rows and columns with the channels last, or first where the last side cannot be theirs."""
    pixels = data.draw(arrays(np.uint8, shape))
    is_first = len(shape) == 3 and shape[2] not in (1, 3, 4)
    seen = np.moveaxis(pixels, 0, -1) if is_first else pixels
    seen = seen[:, :, 0] if seen.ndim == 3 and seen.shape[2] == 1 else seen
    expected = pixels_of(Image.fromarray(np.ascontiguousarray(seen)), (3, 5, 7))
    np.testing.assert_array_equal(pixels_of(pixels, (3, 5, 7)), expected)
    np.testing.assert_array_equal(pixels_of(torch.from_numpy(pixels), (3, 5, 7)), expected)
    np.testing.assert_array_equal(pixels_of([pixels, pixels], (3, 5, 7))[1:], expected)


@given(st.data())
def test_pixels_of_the_models_shape_are_taken_one_by_one(data: st.DataObject) -> None:
    """Whatever else they could be read as: a side of 3 at the end would be channels."""
    shape = data.draw(st.tuples(st.sampled_from([1, 3, 17]), st.integers(1, 5), st.integers(1, 5)))
    stack = data.draw(arrays(np.uint8, (data.draw(st.integers(0, 6)), *shape)))
    reversed_stack = np.ascontiguousarray(stack[:, :, :, ::-1])[:, :, :, ::-1]  # not contiguous
    for way in (stack, reversed_stack, torch.from_numpy(stack), list(stack), (one for one in stack)):
        parts = list(batches(way, shape, None, 4))
        np.testing.assert_array_equal(np.concatenate([stack[:0], *(part.pixels for part in parts)]), stack)
        names = [name for part in parts for name in part.names]
        assert names == [f"picture {i}" for i in range(len(stack))]
        assert not any(part.is_guessed for part in parts)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (7, "uint8 pixels as an array or a tensor, but got int."),
        (None, "but got NoneType."),
        ({"a.png"}, "but got set."),
        ({"image": "a.png"}, "but got dict."),
        ((np.zeros(SHAPE, np.uint8), 3), "but got tuple of 2 items. Pass pictures alone, without labels"),
        (np.zeros(SHAPE), "but got pixels of float64."),
        (np.zeros(SHAPE, np.int64), "but got pixels of int64."),
        (np.zeros(SHAPE, bool), "but got pixels of bool."),
        (torch.zeros(SHAPE), "but got Tensor of torch.float32."),
        (torch.zeros(SHAPE, dtype=torch.bfloat16), "but got Tensor of torch.bfloat16."),
        (np.zeros((2, 3, 4, 5, 6), np.uint8), "but got an array of shape (2, 3, 4, 5, 6)."),
        (np.zeros((7, 8, 9), np.uint8), "but got an array of shape (7, 8, 9)."),
        (np.zeros((0, 4), np.uint8), "but got an array of shape (0, 4)."),
        (np.uint8(3), "but got an array of shape ()."),
    ],
    ids=str,
)
def test_what_holds_no_picture_is_refused_by_its_place(item: Any, said: str) -> None:
    good_one = np.zeros(SHAPE, np.uint8)
    for pictures in ([good_one, item], (each for each in [good_one, item])):
        with pytest.raises(RequestError) as error:
            list(batches(pictures, SHAPE, "crop", 1))
        assert str(error.value).startswith("Expected picture 1 to be ")
        assert said in str(error.value)
        assert "\n" not in str(error.value)


def test_a_list_is_looked_through_before_anything_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="Expected picture 1 to be a path"):
        next(iter(batches([tmp_path / "none.png", 3.5], SHAPE, "crop", 1)))


def test_an_iterator_is_read_as_it_is_needed() -> None:
    given_out = 0

    def endless() -> Iterator[Pixels]:
        nonlocal given_out
        while True:
            given_out += 1
            yield np.full((20, 20, 3), given_out % 256, np.uint8)

    before = threading.active_count()
    results = batches(endless(), SHAPE, "crop", 10)
    first = next(results)
    assert [int(one[0, 0, 0]) for one in first.pixels] == list(range(1, 11))
    assert given_out < 2000
    results.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_what_has_items_and_no_end_of_its_kind_is_gone_through() -> None:
    class Items:
        """As a dataset of torch has them."""

        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> Pixels:
            if index >= 3:
                raise IndexError
            return np.full(SHAPE, index, np.uint8)

    assert pixels_of(Items())[:, 0, 0, 0].tolist() == [0, 1, 2]


def test_columns_of_paths_and_folders_are_opened_up(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.png", "a.png", "deep/c.png", ".hidden.png"):
        Image.new("RGB", (16, 12), "red").save(tmp_path / name)
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("no picture")
    names = [str(tmp_path / name) for name in ("a.png", "b.png", "deep/c.png")]
    assert [one.name for one in named_pictures(tmp_path)] == names
    assert [one.name for one in named_pictures([str(tmp_path), names[0]])] == [*names, names[0]]
    assert [one.name for one in named_pictures(np.array(names))] == names
    assert [one.name for one in named_pictures(np.array(names, object))] == names
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError, match="empty to be a folder with pictures, but got none"):
        named_pictures([names[0], tmp_path / "empty"])


def test_batches_are_full_but_for_the_last_whatever_is_bad_between() -> None:
    small = photograph((20, 10))
    pictures = [small, b"no", small, b"no", b"no", small, small, b"", small]
    parts = list(batches(pictures, SHAPE, "crop", 2))
    assert [(len(part.names), len(part.bad)) for part in parts] == [(2, 1), (0, 2), (2, 0), (1, 1)]
    only_bad = list(batches([b"no"] * 5, SHAPE, "crop", 2))
    assert [(part.pixels.shape, len(part.bad)) for part in only_bad] == [
        ((0, *SHAPE), 2),
        ((0, *SHAPE), 2),
        ((0, *SHAPE), 1),
    ]


@pytest.mark.parametrize("size", [(16, 12), (17, 12)])
def test_a_fit_that_nobody_named_is_crop_and_noted_where_it_mattered(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size)
    file = BytesIO()
    image.save(file, "PNG")
    for way in (image, file.getvalue(), np.asarray(image)):
        [part] = batches([way], SHAPE, None, 4)
        assert part.is_guessed == (size != (16, 12))
        [named] = batches([way], SHAPE, "crop", 4)
        assert not named.is_guessed
        np.testing.assert_array_equal(part.pixels, named.pixels)


def test_a_model_of_tables_takes_rows_alone() -> None:
    row = np.arange(17, dtype=np.uint8).reshape(17, 1, 1)
    np.testing.assert_array_equal(pixels_of([row, row], (17, 1, 1))[1], row)
    for wrong, got in ((row[:5], "an array of shape (5, 1, 1)"), (photograph((20, 10)), "a picture")):
        with pytest.raises(RequestError) as error:
            pixels_of([row, wrong], (17, 1, 1))
        assert str(error.value).startswith("Expected picture 1 to be a uint8 array of shape (17, 1, 1)")
        assert f"but got {got}." in str(error.value)
