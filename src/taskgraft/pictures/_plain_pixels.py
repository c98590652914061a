"""Every way in which a file may hold pixels made into one: 8-bit RGB, upright, over white."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from taskgraft.pictures._picture_file import Refusal

_WHITE_IS_ZERO = 0  # value of a TIFF's tag PhotometricInterpretation
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def to_rgb(image: Image.Image) -> Image.Image:
    """Gives an image in RGB as a viewer shows it: transparency over white, 16 bits cut to 8.

    Args:
        image: A loaded image of any mode.

    Raises:
        Refusal: If its numbers have no brightness all viewers agree on: 32-bit integers and floats.

    Example:
        >>> to_rgb(Image.new("CMYK", (1, 1), (0, 255, 255, 0))).getpixel((0, 0))
        (255, 0, 0)
    """
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        image = _from_16_bits(image)
    if image.mode in ("I", "F", "LAB"):
        raise Refusal(f"pixels of the kind {image.mode}, of which viewers disagree what they look like")
    if image.has_transparency_data:
        return _over_white(image)
    return _as(image, "RGB")


def _from_16_bits(image: Image.Image) -> Image.Image:
    """Keeps the upper 8 bits, as Pillow does for 16-bit colour."""
    tags = getattr(image, "tag_v2", {})
    num_bits = tags.get(ExifTags.Base.BitsPerSample, (16,))[0]
    values = np.asarray(image)
    upper: npt.NDArray[np.uint8] = (values >> (num_bits - 8)).astype(np.uint8)
    if tags.get(ExifTags.Base.PhotometricInterpretation) == _WHITE_IS_ZERO:
        upper = ~upper
    if "transparency" in image.info:
        upper[values == image.info["transparency"]] = 255
    return Image.fromarray(upper)


def _over_white(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        image = image.convert("LA")
    key = image.info.get("transparency")
    if image.mode == "RGB" and isinstance(key, tuple) and max(key) > 255:
        image = image.copy()  # its info is its owner's
        image.info["transparency"] = tuple(value >> 8 for value in key)  # of a file with 16 bits a channel
    rgba = _as(image, "RGBA")
    shown = Image.new("RGB", image.size, "white")
    shown.paste(rgba, mask=rgba)
    return shown


def _as(image: Image.Image, mode: str) -> Image.Image:
    # Pillow copies even where there is nothing to convert, and the largest are a quarter of a gigabyte.
    return image if image.mode == mode else image.convert(mode)


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1, upright, where there is none or EXIF is broken.

    Example:
        >>> orientation_of(Image.new("L", (1, 1)))
        1
    """
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a viewer shows a picture whose EXIF is broken as it stands
        return 1
    return orientation if orientation in _TURNS else 1


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Sets an image upright.

    Args:
        image: Any image.
        orientation: As EXIF has it, 1 to 8.

    Example:
        >>> turned(Image.new("L", (2, 1)), 6).size
        (1, 2)
    """
    return image if orientation == 1 else image.transpose(_TURNS[orientation])
