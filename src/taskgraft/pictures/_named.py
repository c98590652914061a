"""Whatever a caller gives, taken apart into pictures that have a name each."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from taskgraft.errors import Phrase, RequestError
from taskgraft.pictures._each import each_of
from taskgraft.pictures._picture_file import MAX_FILE_BYTES, reason_of
from taskgraft.pictures._walk import walk

Pixels = npt.NDArray[np.uint8]
_WANTED = "a path, a folder, the bytes of a file, a Pillow image, or uint8 pixels as an array or a tensor"
PIXELS = "uint8 pixels of shape (H, W), (H, W, C) or (C, H, W), where C is 1, 3 or 4"
ALONE = "Pass pictures alone, without labels; pixels as uint8, from 0 to 255."
_Bytes = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """A picture that was not looked at yet.

    Attributes:
        name: What results call it.
        content: A path, the bytes of a file, a Pillow image, or uint8 pixels (C, H, W), (H, W, C) or (H, W);
            None where a table has no picture in the row.
    """

    name: str
    content: Path | bytes | Image.Image | Pixels | None


# What can be gone through, and is one thing all the same; the order of a set is nobody's.
_SINGLE: tuple[type, ...] = (
    str,
    bytes,
    bytearray,
    memoryview,
    os.PathLike,
    io.IOBase,
    Image.Image,
    Set,
    Mapping,
    NamedPicture,
)


def named_pictures(pictures: Any) -> Iterable[NamedPicture]:
    """What a caller gave, a picture each: folders opened up, stacks of pixels taken apart.

    Args:
        pictures: A path or a folder, the bytes of a file, a Pillow image, uint8 pixels as an array or a
            tensor (one picture, or a stack of them), or several of all these: a sequence, a column of paths,
            or anything that can be iterated over.

    Returns:
        A list, if that or a column was given: then every item is of a kind that holds a picture. Anything
        else is gone through as it is needed.

    Raises:
        RequestError: If something is none of these, or a folder holds no picture.

    Example:
        >>> [picture.name for picture in named_pictures([Image.new("L", (2, 2)), np.zeros((2, 2), np.uint8)])]
        ['picture 0', 'picture 1']
    """
    if not _is_many(pictures):
        return _opened_up(pictures, 0)
    each = (one for place, item in enumerate(each_of(pictures)) for one in _opened_up(item, place))
    return list(each) if isinstance(pictures, list | tuple) or hasattr(pictures, "ndim") else each


def pixels_in(item: Any) -> npt.NDArray[Any] | None:
    """What an array, a tensor or what turns into an array holds; None for anything else.

    A tensor of another type than uint8 is left alone: NumPy has no counterpart of some.
    """
    if isinstance(item, np.ndarray):
        return item
    # Of torch, which is not imported for its sake.
    if hasattr(item, "detach") and str(getattr(item, "dtype", "")) == "torch.uint8":
        array: npt.NDArray[Any] = item.detach().cpu().numpy()
        return array
    if hasattr(item, "__array__") and not hasattr(item, "detach") and not isinstance(item, Image.Image):
        return np.asarray(item)
    return None


def _is_many(pictures: Any) -> bool:
    if hasattr(pictures, "ndim"):
        # A column of paths or of objects has one dimension, and no picture has.
        return pictures.ndim == 4 or (pictures.ndim == 1 and not _is_numeric(pictures))
    # As `iter` sees it: datasets of torch have items, and no `__iter__`.
    return not isinstance(pictures, _SINGLE) and (
        isinstance(pictures, Iterable) or (hasattr(pictures, "__getitem__") and hasattr(pictures, "__len__"))
    )


def _is_numeric(array: Any) -> bool:
    return getattr(getattr(array, "dtype", None), "kind", "u") not in "OUST"


def _opened_up(item: Any, place: int) -> Sequence[NamedPicture]:
    if isinstance(item, NamedPicture):
        return [item]
    if isinstance(item, str | os.PathLike):
        path = Path(os.fsdecode(item))
        return _of_folder(path) if _is_folder(path) else [NamedPicture(str(path), path)]
    name = f"picture {place}"
    if isinstance(item, io.BufferedIOBase | io.RawIOBase):
        # One byte more than is read, by which its reader knows that it is too long.
        item = item.read(MAX_FILE_BYTES + 1)
    if isinstance(item, _Bytes):
        return [NamedPicture(name, bytes(item))]
    if isinstance(item, Image.Image):
        shown = os.fsdecode(getattr(item, "filename", "")) or name
        return [NamedPicture(shown, item)]
    return [NamedPicture(name, _checked(item, name))]


def _checked(item: Any, name: str) -> Pixels:
    pixels = pixels_in(item)
    if pixels is None:
        raise RequestError.expected(name, _WANTED, Phrase(_kind_of(item)), ALONE)
    if pixels.dtype != np.uint8:
        raise RequestError.expected(name, PIXELS, Phrase(f"pixels of {pixels.dtype}"), ALONE)
    if pixels.ndim not in (2, 3) or not pixels.size:
        raise RequestError.expected(name, PIXELS, Phrase(f"an array of shape {pixels.shape}"), ALONE)
    return pixels


def _kind_of(item: Any) -> str:
    """What something is, in a few words."""
    dtype = getattr(item, "dtype", None)
    kind = type(item).__name__ if dtype is None else f"{type(item).__name__} of {dtype}"
    return f"{kind} of {len(item)} items" if isinstance(item, list | tuple) else kind


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        # A name that no system takes: whoever opens it says so.
        return False


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
