"""Pictures of any kind as batches of the pixels that a model takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Literal, cast

import numpy as np
from PIL import Image

from taskgraft.errors import Phrase, RequestError
from taskgraft.pictures._decode import Fit, decode, pixels_of
from taskgraft.pictures._held_image import file_or_loaded
from taskgraft.pictures._in_order import in_order
from taskgraft.pictures._named import ALONE, PIXELS, NamedPicture, Pixels, named_pictures, pixels_in
from taskgraft.pictures._picture_file import BadImage, reason_of

Shape = tuple[int, int, int]
Prepared = tuple[NamedPicture, Pixels | BadImage]
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
        is_fitted: Whether one of them may have had another shape.
    """

    pixels: Pixels
    names: list[str] = field(default_factory=list)
    bad: list[BadImage] = field(default_factory=list)
    is_fitted: bool = False


def batches(pictures: Any, shape: Shape, fit: Fit, size: int) -> Iterator[Batch]:
    """Pictures of any kind as pixels of one shape, in order, few at a time in memory.

    Args:
        pictures: As `named_pictures` takes them. A stack of pixels of the shape is taken as it is, and so is
            a single picture of it.
        shape: Channels, height and width wanted.
        fit: How another height and width are met.
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
        part = np.ascontiguousarray(stack[start : start + size])
        yield Batch(part, [f"picture {start + place}" for place in range(len(part))])


def _gathered(pictures: Iterable[NamedPicture], shape: Shape, fit: Fit, size: int) -> Iterator[Batch]:
    waiting = _prepared(pictures, shape, fit)
    while batch := _next_batch(waiting, shape, size):
        yield batch


def _next_batch(waiting: Iterator[Prepared], shape: Shape, size: int) -> Batch | None:
    """Takes what fills a batch; None where nothing is left."""
    batch = Batch(np.empty((0, *shape), np.uint8))
    rows: list[Pixels] = []
    for picture, pixels in waiting:
        if isinstance(pixels, BadImage):
            batch.bad.append(pixels)
        else:
            rows.append(pixels)
            batch.names.append(picture.name)
            batch.is_fitted |= not _is_taken_as_it_is(picture, shape)
        if size in (len(rows), len(batch.bad)):
            break
    if rows:
        batch.pixels = np.stack(rows)
    return batch if rows or batch.bad else None


def _prepared(pictures: Iterable[NamedPicture], shape: Shape, fit: Fit) -> Iterator[Prepared]:
    """Each picture with its pixels, or why it has none; many are decoded on several threads."""

    def work(picture: NamedPicture) -> Prepared:
        return picture, _pixels(picture, shape, fit)

    waiting = iter(pictures)
    first = list(islice(waiting, _FEW + 1))
    yield from map(work, first) if len(first) <= _FEW else in_order(work, chain(first, waiting))


def _is_taken_as_it_is(picture: NamedPicture, shape: Shape) -> bool:
    return isinstance(picture.content, np.ndarray) and picture.content.shape == shape


def _pixels(picture: NamedPicture, shape: Shape, fit: Fit) -> Pixels | BadImage:
    content, size = picture.content, shape[1:]
    if isinstance(content, np.ndarray) and _is_taken_as_it_is(picture, shape):
        return np.ascontiguousarray(content)
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
    if pixels.ndim == 3 and pixels.shape[2] not in _CHANNELS:
        if pixels.shape[0] not in _CHANNELS:
            raise RequestError.expected(name, PIXELS, Phrase(f"an array of shape {pixels.shape}"), ALONE)
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(pixels))
