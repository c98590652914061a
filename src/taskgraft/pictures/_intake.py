"""Anything that holds a picture, as the pixels that a model takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from taskgraft.errors import Phrase, RequestError
from taskgraft.pictures._decode import Fit, decode, pixels_of
from taskgraft.pictures._in_order import in_order
from taskgraft.pictures._picture_file import BadImage, reason_of
from taskgraft.pictures._walk import walk

Pixels = npt.NDArray[np.uint8]
_WANTED = "a path, a folder, the bytes of a file, a Pillow image, or uint8 pixels as an array or a tensor"


@dataclass(frozen=True)
class NamedPicture:
    """A picture that was not looked at yet.

    Attributes:
        name: What results call it.
        content: A path, the bytes of a file, a Pillow image, or uint8 pixels (C, H, W), (H, W, C) or (H, W);
            None where a table has no picture in the row.
    """

    name: str
    content: Path | bytes | Image.Image | Pixels | None


def named_pictures(pictures: Any) -> list[NamedPicture]:
    """What a caller gave, a picture each: folders opened up, stacks of pixels taken apart.

    Args:
        pictures: A path or a folder, the bytes of a file, a Pillow image, uint8 pixels as an array or a
            tensor (one picture, or a stack of them), or a sequence of all these.

    Raises:
        RequestError: If something is none of these, or a folder holds no picture.

    Example:
        >>> [picture.name for picture in named_pictures([Image.new("L", (2, 2)), np.zeros((2, 2), np.uint8)])]
        ['picture 0', 'picture 1']
    """
    if _is_many(pictures):
        return [one for place, item in enumerate(pictures) for one in _opened_up(item, place)]
    return _opened_up(pictures, 0)


def _is_many(pictures: Any) -> bool:
    if hasattr(pictures, "ndim"):
        return bool(pictures.ndim == 4)
    return isinstance(pictures, Sequence) and not isinstance(pictures, str | bytes | bytearray | memoryview)


def _opened_up(item: Any, place: int) -> list[NamedPicture]:
    if isinstance(item, NamedPicture):
        return [item]
    if isinstance(item, str | Path):
        path = Path(item)
        return _of_folder(path) if path.is_dir() else [NamedPicture(str(item), path)]
    name = f"picture {place}"
    if isinstance(item, bytes | bytearray | memoryview):
        return [NamedPicture(name, bytes(item))]
    if isinstance(item, Image.Image):
        return [NamedPicture(getattr(item, "filename", "") or name, item)]
    if hasattr(item, "detach"):  # a tensor of torch, which is not imported for its sake
        item = item.detach().cpu().numpy()
    if isinstance(item, np.ndarray) and item.dtype == np.uint8 and item.ndim in (2, 3):
        return [NamedPicture(name, item)]
    got = f"{item.dtype} of shape {item.shape}" if isinstance(item, np.ndarray) else type(item).__name__
    raise RequestError.expected(name, _WANTED, Phrase(got), "Pass pixels as whole numbers from 0 to 255.")


def _of_folder(folder: Path) -> list[NamedPicture]:
    try:
        paths = walk(folder).pictures
    except OSError as error:
        raise RequestError.expected(
            str(folder), "a folder that can be read", Phrase(reason_of(error)), "Look at its rights."
        ) from error
    if not paths:
        raise RequestError.expected(
            str(folder), "a folder with pictures", Phrase("none"), "Name another one, or a picture."
        )
    return [NamedPicture(str(path), path) for path in paths]


def prepared(
    pictures: Sequence[NamedPicture], shape: tuple[int, int, int], fit: Fit
) -> Iterator[Pixels | BadImage]:
    """Each picture as pixels of one shape, in order; decoded on several threads, few at a time in memory.

    Args:
        pictures: As `named_pictures` gives them.
        shape: Channels, height and width wanted. Pixels that have it are taken as they are.
        fit: How another height and width are met.

    Yields:
        uint8 of shape (C, H, W), or why there are no such pixels.
    """
    # A thread more than none costs a single picture more than it saves.
    work = (_prepare(picture, shape, fit) for picture in pictures) if len(pictures) < 3 else None
    yield from work or in_order(lambda picture: _prepare(picture, shape, fit), pictures)


def _prepare(picture: NamedPicture, shape: tuple[int, int, int], fit: Fit) -> Pixels | BadImage:
    content, size = picture.content, shape[1:]
    if isinstance(content, np.ndarray) and content.shape == shape:
        return np.ascontiguousarray(content)
    if shape[0] not in (1, 3):
        return BadImage(picture.name, f"no pixels of shape {shape}")
    channels = cast(Literal[1, 3], shape[0])
    if content is None or isinstance(content, Path | bytes):
        return decode(content, picture.name, shape=size, num_channels=channels, fit=fit)
    try:
        image = _image_of(content) if isinstance(content, np.ndarray) else content
        return pixels_of(image, size, channels, fit)
    except Exception as error:  # Pillow raises nearly everything on images that load late
        return BadImage(picture.name, reason_of(error))


def _image_of(pixels: Pixels) -> Image.Image:
    """Pixels of any size: the side of 1, 3 or 4 is that of the channels, the last one first."""
    if pixels.ndim == 3 and pixels.shape[2] not in (1, 3, 4) and pixels.shape[0] in (1, 3, 4):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(pixels))
