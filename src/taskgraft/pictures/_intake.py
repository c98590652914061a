"""Pictures of any kind as batches of the pixels that a model takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from PIL import Image

from taskgraft.errors import Phrase, RequestError
from taskgraft.pictures._decode import Fit, decode, pixels_of, read_header
from taskgraft.pictures._held_image import file_or_loaded
from taskgraft.pictures._in_order import in_order
from taskgraft.pictures._named import ALONE, PIXELS, NamedPicture, Pixels, named_pictures, pixels_in
from taskgraft.pictures._picture_file import BadImage, reason_of

Shape = tuple[int, int, int]
# A thread more than none costs so few pictures more than it saves.
_FEW = 2
_CHANNELS = (1, 3, 4)


@dataclass
class Batch:
    """Pictures ready for a model.

    Attributes:
        pixels: uint8 of shape (B, C, H, W).
        names: Of the B pictures.
        bad: What could not be read, of those that came since the last batch.
        is_guessed: Whether one of them had another height or width, and nobody had said how that is met.
    """

    pixels: Pixels
    names: list[str] = field(default_factory=list)
    bad: list[BadImage] = field(default_factory=list)
    is_guessed: bool = False


class _Prepared(NamedTuple):
    name: str
    pixels: Pixels | BadImage
    is_guessed: bool


def batches(pictures: Any, shape: Shape, fit: Fit | None, size: int) -> Iterator[Batch]:
    """Pictures of any kind as pixels of one shape, in order, few at a time in memory.

    Args:
        pictures: As `named_pictures` takes them. A stack of pixels of the shape is taken as it is, and so is
            a single picture of it.
        shape: Channels, height and width wanted.
        fit: How another height and width are met; None where nobody knows: then they are cropped.
        size: Pictures a batch; the last one may hold fewer. A batch without any holds what could not be read.

    Raises:
        RequestError: If something is no picture; or none that the shape can hold, of a model of tables.

    Example:
        >>> [len(batch.names) for batch in batches(np.zeros((5, 3, 2, 2), np.uint8), (3, 2, 2), "crop", 2)]
        [2, 2, 1]
    """
    stack = pixels_in(pictures) if getattr(pictures, "ndim", 0) == 4 else None
    if stack is None or stack.dtype != np.uint8 or stack.shape[1:] != shape:
        yield from _gathered(named_pictures(pictures), shape, fit, size)
        return
    for start in range(0, len(stack), size):
        # Written by nobody, but torch warns of what cannot be.
        part = np.require(stack[start : start + size], requirements=["C", "W"])
        yield Batch(part, [f"picture {start + place}" for place in range(len(part))])


def _gathered(pictures: Iterable[NamedPicture], shape: Shape, fit: Fit | None, size: int) -> Iterator[Batch]:
    waiting = _prepared(pictures, shape, fit)
    while batch := _next_batch(waiting, shape, size):
        yield batch


def _next_batch(waiting: Iterator[_Prepared], shape: Shape, size: int) -> Batch | None:
    """Takes what fills a batch; None where nothing is left."""
    batch = Batch(np.empty((0, *shape), np.uint8))
    rows: list[Pixels] = []
    for one in waiting:
        if isinstance(one.pixels, BadImage):
            batch.bad.append(one.pixels)
        else:
            rows.append(one.pixels)
            batch.names.append(one.name)
            batch.is_guessed |= one.is_guessed
        if len(rows) == size or (not rows and len(batch.bad) == size):
            break
    if rows:
        batch.pixels = np.stack(rows)
    return batch if rows or batch.bad else None


def _prepared(pictures: Iterable[NamedPicture], shape: Shape, fit: Fit | None) -> Iterator[_Prepared]:
    """Each picture with its pixels, or why it has none; many are decoded on several threads."""

    def work(picture: NamedPicture) -> _Prepared:
        content = picture.content
        if isinstance(content, np.ndarray) and content.shape == shape:
            return _Prepared(picture.name, np.ascontiguousarray(content), is_guessed=False)
        pixels = _pixels(picture, shape, fit or "crop")
        is_guessed = fit is None and _size_of(picture) not in (shape[1:], None)
        return _Prepared(picture.name, pixels, is_guessed)

    waiting = iter(pictures)
    first = list(islice(waiting, _FEW + 1))
    yield from map(work, first) if len(first) <= _FEW else in_order(work, chain(first, waiting))


def _size_of(picture: NamedPicture) -> tuple[int, int] | None:
    """Height and width of a picture as it came; None where it does not say."""
    content = picture.content
    if isinstance(content, Image.Image):
        return content.height, content.width
    if isinstance(content, np.ndarray):
        return (content.shape[0], content.shape[1]) if _has_channels_last(content) else content.shape[1:]
    header = read_header(content, picture.name)
    return None if isinstance(header, BadImage) else (header.height, header.width)


def _pixels(picture: NamedPicture, shape: Shape, fit: Fit) -> Pixels | BadImage:
    content, size = picture.content, shape[1:]
    if shape[0] not in (1, 3):
        got = f"an array of shape {content.shape}" if isinstance(content, np.ndarray) else "a picture"
        raise RequestError.expected(
            picture.name, f"a uint8 array of shape {shape}", Phrase(got), "The model takes no other input."
        )
    channels = cast(Literal[1, 3], shape[0])
    if isinstance(content, np.ndarray):
        content = _image_of(content, picture.name)
    try:
        held = file_or_loaded(content) if isinstance(content, Image.Image) else content
        if isinstance(held, Image.Image):
            return pixels_of(held, size, channels, fit)
    except Exception as error:  # Pillow raises nearly everything on images that load late
        return BadImage(picture.name, reason_of(error))
    return decode(held, picture.name, shape=size, num_channels=channels, fit=fit)


def _image_of(pixels: Pixels, name: str) -> Image.Image:
    """Pixels of any size: the side of 1, 3 or 4 is that of the channels, the last one first."""
    if not _has_channels_last(pixels):
        if pixels.shape[0] not in _CHANNELS:
            raise RequestError.expected(name, PIXELS, Phrase(f"an array of shape {pixels.shape}"), ALONE)
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(pixels))


def _has_channels_last(pixels: Pixels) -> bool:
    return pixels.ndim == 2 or pixels.shape[2] in _CHANNELS
