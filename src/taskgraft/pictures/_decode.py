"""One encoded picture to the pixels a viewer would show, or to one line that says why not."""

from __future__ import annotations

import logging
import math
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from taskgraft.pictures._heif import NEEDS_HEIF, has_heif, prepare_heif
from taskgraft.pictures._picture_file import BadImage, Picture, Refusal, open_picture, reason_of
from taskgraft.pictures._picture_kind import KINDS_IN_WORDS, START_BYTES, kind_of
from taskgraft.pictures._picture_limits import check_parts, check_scans, check_size
from taskgraft.pictures._plain_pixels import orientation_of, to_rgb, turned
from taskgraft.pictures._quiet_pillow import quiet_pillow

Fit = Literal["crop", "pad"]
RESAMPLING: Literal["bicubic"] = "bicubic"

_GREY_MODES = ("1", "L", "I", "LA", "La", "I;16", "I;16B", "I;16L", "I;16N")
_JPEGS = ("JPEG", "MPO")  # one picture, or several in a file
# From three times the size on, shrinking in two steps looks like one: Pillow's documentation.
REDUCING_GAP = 3.0
_LARGE_PIXELS = 4_000_000
_one_large_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself before its pixels are read.

    Attributes:
        height: In pixels, as shown: after the turn its EXIF asks for.
        width: Likewise.
        is_grey: Whether its format holds nothing but grey (and transparency).
    """

    height: int
    width: int
    is_grey: bool


def read_header(picture: Picture, name: str) -> Header | BadImage:
    """Reads the size and the kind of a picture, and none of its pixels.

    Args:
        picture: A path, or the content of a file; None for one that is missing.
        name: What messages call it.

    Example:
        >>> read_header(b"GIF89a", "short.gif").line
        'short.gif: damaged at its start'
    """
    try:
        with quiet_pillow(), open_picture(picture) as file, _open_image(file) as image:
            height, width = image.height, image.width
            # Pillow has turned the size of a TIFF already, and reads all of a PNG to find an EXIF block
            # behind its pixels; `decode` sees to such a one.
            if image.format != "TIFF" and "exif" in image.info and orientation_of(image) >= 5:
                height, width = width, height
            return Header(height, width, _is_grey(image))
    except Exception as error:
        return BadImage(name, reason_of(error))


def decode(
    picture: Picture,
    name: str,
    *,
    shape: tuple[int, int] | None = None,
    num_channels: Literal[1, 3] = 3,
    fit: Fit = "crop",
) -> npt.NDArray[np.uint8] | BadImage:
    """Gives the pixels of a picture as a viewer shows it: turned by its EXIF, over white, in 8 bits.

    Of an animation it is the first frame, of several pages the first. Colour profiles are not applied.

    Args:
        picture: A path, or the content of a file; None for one that is missing.
        name: What messages call it.
        shape: Height and width wanted; None leaves them. A picture that has them is not resampled.
        num_channels: 3 for RGB, 1 for grey.
        fit: How another shape is met: `crop` fills it and cuts evenly what sticks out, `pad` shows all
            and leaves bars of black.

    Returns:
        uint8 of shape (C, H, W); a `BadImage` where the file is unreadable, cut short or too large,
        whatever is wrong with it.

    Example:
        >>> from io import BytesIO
        >>> file = BytesIO()
        >>> Image.new("RGBA", (2, 1), (0, 0, 0, 0)).save(file, "PNG")
        >>> decode(file.getvalue(), "clear.png").tolist()
        [[[255, 255]], [[255, 255]], [[255, 255]]]
    """
    try:
        with quiet_pillow(), open_picture(picture) as file, _open_image(file) as image:
            if image.format in _JPEGS:
                check_scans(file, image.width * image.height)
                if shape is not None:
                    _skip_detail(image, shape, fit)
            # What a large one needs, threads must not need at once.
            is_large = image.width * image.height > _LARGE_PIXELS
            with _one_large_at_a_time if is_large else nullcontext():
                shown = _shown(image, shape, num_channels, fit)
                image.close()  # before the next large one begins
    except Exception as error:  # decoders raise nearly everything on damaged bytes
        return BadImage(name, reason_of(error))
    return _channels_first(shown, num_channels)


def pixels_of(
    image: Image.Image, shape: tuple[int, int], num_channels: Literal[1, 3] = 3, fit: Fit = "crop"
) -> npt.NDArray[np.uint8]:
    """Gives the pixels of an image that Pillow holds, as `decode` gives those of its file.

    Args:
        image: Of any mode; left as it is.
        shape: Height and width wanted.
        num_channels: 3 for RGB, 1 for grey.
        fit: How another shape is met, as in `decode`.

    Returns:
        uint8 of shape (C, H, W).

    Raises:
        Refusal: If viewers disagree what its numbers look like.

    Example:
        >>> pixels_of(Image.new("L", (2, 2), 7), (1, 1)).tolist()
        [[[7]], [[7]], [[7]]]
    """
    with quiet_pillow():
        return _channels_first(_shown(image, shape, num_channels, fit), num_channels)


def _channels_first(pixels: npt.NDArray[np.uint8], num_channels: int) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(pixels.reshape(*pixels.shape[:2], num_channels).transpose(2, 0, 1))


def _open_image(file: BinaryIO) -> Image.Image:
    kind = kind_of(file.read(START_BYTES))
    if kind is None:
        raise Refusal(f"not a {KINDS_IN_WORDS} picture, or damaged at its start")
    if kind == "HEIF":
        if not has_heif():
            raise Refusal(NEEDS_HEIF)
        prepare_heif()
    check_parts(file, kind)
    image = Image.open(file, formats=(kind,))
    try:
        check_size(image.width, image.height)
    except Refusal:
        image.close()
        raise
    return image


def _is_grey(image: Image.Image) -> bool:
    # Pillow has no mode for 16-bit grey with alpha, which it reads as colour.
    tiles = getattr(image, "tile", [])
    return image.mode in _GREY_MODES or (len(tiles) == 1 and tiles[0][3] == "LA;16B")


def _scale(size: tuple[int, int], shape: tuple[int, int], fit: Fit) -> float:
    """How many of its own pixels one pixel of the wanted picture stands for."""
    ratios = size[0] / shape[1], size[1] / shape[0]
    return min(ratios) if fit == "crop" else max(ratios)


def _skip_detail(image: Image.Image, shape: tuple[int, int], fit: Fit) -> None:
    """Lets a JPEG be decoded at a half, a quarter or an eighth where that is still more than enough."""
    shrink = REDUCING_GAP / _scale(image.size, shape, fit)
    if shrink < 1:
        image.draft(None, (math.ceil(image.width * shrink), math.ceil(image.height * shrink)))


def _shown(
    image: Image.Image, shape: tuple[int, int] | None, num_channels: int, fit: Fit
) -> npt.NDArray[np.uint8]:
    image.load()
    plain = turned(to_rgb(image), orientation_of(image))
    if num_channels == 1:
        plain = plain.convert("L")
    return np.asarray(plain if shape is None else _fitted(plain, shape, fit))


def _fitted(image: Image.Image, shape: tuple[int, int], fit: Fit) -> Image.Image:
    height, width = shape
    if image.size == (width, height):
        return image
    scale = _scale(image.size, shape, fit)
    if fit == "crop":
        # Between pixels if need be: what is cut on the left is cut on the right.
        left = max(0.0, (image.width - width * scale) / 2)
        top = max(0.0, (image.height - height * scale) / 2)
        return _resized(image, (width, height), (left, top, image.width - left, image.height - top))
    inner = max(1, round(image.width / scale)), max(1, round(image.height / scale))
    padded = Image.new(image.mode, (width, height))
    padded.paste(
        _resized(image, inner, (0, 0, *image.size)), ((width - inner[0]) // 2, (height - inner[1]) // 2)
    )
    return padded


def _resized(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float]
) -> Image.Image:
    return image.resize(size, Image.Resampling[RESAMPLING.upper()], box=box, reducing_gap=REDUCING_GAP)


# Pillow logs what it finds odd in a file; without a handler Python prints that on standard error.
logging.getLogger("PIL").addHandler(logging.NullHandler())
