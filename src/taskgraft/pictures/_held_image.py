"""An image that Pillow holds, as a picture that `decode` or `pixels_of` takes."""

from __future__ import annotations

import threading

from PIL import Image, ImageFile

from taskgraft.pictures._picture_file import MAX_FILE_BYTES
from taskgraft.pictures._quiet_pillow import quiet_pillow

_JPEGS = ("JPEG", "MPO")
# The same image may be given twice, and decodes itself when it is first looked at.
_one_at_a_time = threading.Lock()


def file_or_loaded(image: Image.Image) -> bytes | Image.Image:
    """The file of a JPEG whose pixels nobody has looked at yet; any other image, decoded.

    A large JPEG that becomes a small picture is decoded at a fraction of its size, which gives other numbers
    than shrinking all of its pixels. Its file gives those that it gives by its path.

    Args:
        image: Shows afterwards what it showed before.

    Example:
        >>> file_or_loaded(Image.new("L", (2, 2), 7)).getpixel((0, 0))
        7
    """
    with quiet_pillow(), _one_at_a_time:
        content = _unread_jpeg(image)
        if content is None:
            image.load()
    return image if content is None else content


def _unread_jpeg(image: Image.Image) -> bytes | None:
    if not isinstance(image, ImageFile.ImageFile) or image.format not in _JPEGS:
        return None
    # Without a tile to decode it is decoded; a later picture of a file has no file to itself.
    if not image.tile or image.fp is None or image.tell() != 0:
        return None
    place = image.fp.tell()
    image.fp.seek(0)
    # A byte more than is read, by which its reader knows that it is too long.
    content = image.fp.read(MAX_FILE_BYTES + 1)
    image.fp.seek(place)
    return content
