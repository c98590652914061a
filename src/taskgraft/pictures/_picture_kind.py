"""What kind of picture a file is: by its name where that says so, by its first bytes where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from taskgraft.pictures._picture_file import Refusal, open_picture

Kind = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "HEIF"]
"""A format of pictures, as Pillow calls it; `PPM` stands for PBM, PGM and PNM too, `HEIF` for HEIC."""

SUFFIXES = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".webp",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".avif",
        ".heic",
        ".heif",
        ".hif",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
    }
)

START_BYTES = 64
"""How many bytes of a file are enough to tell its kind."""

KINDS_IN_WORDS = "JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, AVIF or HEIC"

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    # The older TIFF and the larger one, both byte orders; two that mix these up are read as well.
    (b"II\x2a\0", "TIFF"),
    (b"MM\0\x2a", "TIFF"),
    (b"II\x2b\0", "TIFF"),
    (b"MM\0\x2b", "TIFF"),
    (b"II\0\x2a", "TIFF"),
    (b"MM\x2a\0", "TIFF"),
)
_BMP_HEADER_BYTES = frozenset({12, 40, 52, 56, 64, 108, 124})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {
        b"heic",
        b"heix",
        b"hevc",
        b"hevx",
        b"heim",
        b"heis",
        b"hevm",
        b"hevs",
        b"mif1",
        b"msf1",
        b"mif2",
    }
)


def is_picture(path: Path) -> bool:
    """Whether a file is to be taken for a picture.

    A suffix decides, usual or not; a file without one is opened. What cannot be
    opened or is no regular file is no picture, and is never waited for.

    Args:
        path: A file, of any name.

    Example:
        >>> is_picture(Path("fig.HEIC")), is_picture(Path("notes.txt")), is_picture(Path("gone"))
        (True, False, False)
    """
    suffix = path.suffix.lower()
    if suffix:
        return suffix in SUFFIXES
    try:
        with open_picture(path) as file:
            return kind_of(file.read(START_BYTES)) is not None
    except (OSError, ValueError, Refusal):
        return False


def kind_of(start: bytes) -> Kind | None:
    r"""The kind of picture that begins with these bytes.

    Args:
        start: The first `START_BYTES` of a file, or all of a shorter one.

    Returns:
        None for what is not a picture of a supported kind.

    Example:
        >>> kind_of(b"GIF89a"), kind_of(b"P5\n2 2\n255\n"), kind_of(b"PK")
        ('GIF', 'PPM', None)
    """
    for prefix, kind in _STARTS:
        if start.startswith(prefix):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[:2] == b"BM" and int.from_bytes(start[14:18], "little") in _BMP_HEADER_BYTES:
        return "BMP"
    if start[:1] == b"P" and start[1:2] in b"123456" and start[2:3] in b" \t\r\n#" and len(start) > 3:
        return "PPM"
    return _kind_of_boxes(start) if start[4:8] == b"ftyp" else None


def is_picture_start(content: bytes) -> bool:
    """Whether bytes begin as a picture of a supported kind does."""
    return kind_of(content[:START_BYTES]) is not None


def _kind_of_boxes(start: bytes) -> Kind | None:
    """AVIF and HEIC share their container: it names the brands that it is meant for."""
    end = min(int.from_bytes(start[:4], "big"), len(start))
    brands = [start[8:12], *(start[place : place + 4] for place in range(16, end - 3, 4))]
    if brands[0] in _HEIF_BRANDS and brands[0] not in (b"mif1", b"msf1", b"mif2"):
        return "HEIF"
    if not _AVIF_BRANDS.isdisjoint(brands):
        return "AVIF"
    return "HEIF" if brands[0] in _HEIF_BRANDS else None
