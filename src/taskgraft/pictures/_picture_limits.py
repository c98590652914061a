"""What a picture may cost: a small file can ask for minutes of work or gigabytes of memory."""

from __future__ import annotations

import os
import re
import struct
from typing import BinaryIO

from taskgraft.pictures._picture_file import MAX_FILE_BYTES, MAX_PIXELS, Refusal
from taskgraft.pictures._picture_kind import START_BYTES, Kind

MAX_SIDE = 65_535  # of a JPEG, and of what any camera or scanner writes
MAX_SCANS = 200  # a usual progressive JPEG has 10
MAX_SCANNED_PIXELS = 2_000_000_000  # all scans together; at a nanosecond each
MAX_PARTS = 20_000  # of a file besides its pixels: segments, chunks, blocks
MAX_PIXEL_CHUNKS = 200_000
MAX_STRIPS = 100_000
MAX_TAGS = 65_535
MAX_EXIF_SEGMENTS = 16
MAX_SLOW_BYTES = 16 << 20  # of kinds that are decoded a byte at a time, in half a microsecond each

_SCAN = b"\xff\xda"
_BLOCK_BYTES = 1 << 20
_ALONE = frozenset({0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)})  # markers of a JPEG without a length
# What neither belongs to the pixels nor fills up.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_RUN_LENGTHS = (b"\1\0\0\0", b"\2\0\0\0")
_STRIP_TAGS = frozenset({273, 324})  # StripOffsets, TileOffsets


def check_size(width: int, height: int) -> None:
    """Refuses a picture of more pixels than are read.

    Args:
        width: As its header says.
        height: Likewise.

    Raises:
        Refusal: If it is too long or has too many pixels.

    Example:
        >>> check_size(8000, 8000)
    """
    if width * height > MAX_PIXELS:
        raise Refusal(f"{width} x {height} pixels, where at most {MAX_PIXELS // 10**6} million are read")
    if max(width, height) > MAX_SIDE:
        raise Refusal(f"{width} x {height} pixels, where a side of at most {MAX_SIDE:,} is read")


def check_parts(file: BinaryIO, kind: Kind) -> None:
    """Refuses a file with so many parts that listing them takes long, before anything lists them.

    Args:
        file: Any place in it; it is left at its start.
        kind: What it is.

    Raises:
        Refusal: If it has too many.

    Example:
        >>> from io import BytesIO
        >>> check_parts(BytesIO(b"GIF89a"), "GIF")
    """
    if kind == "JPEG":
        _check_segments(file)
    elif kind == "PNG":
        _check_chunks(file)
    elif kind == "TIFF":
        _check_tags(file)
    elif kind == "GIF":
        _check_blocks(file)
    elif kind in ("BMP", "PPM"):
        _check_slow(file)
    file.seek(0)


def check_scans(file: BinaryIO, num_pixels: int) -> None:
    """Refuses a JPEG that goes over its pixels too often.

    Args:
        file: Any place in it, to which it is left.
        num_pixels: As its header says.

    Raises:
        Refusal: If it has more scans than are read.

    Example:
        >>> from io import BytesIO
        >>> check_scans(BytesIO(_SCAN * 10), 1_000_000)
    """
    most = min(MAX_SCANS, MAX_SCANNED_PIXELS // max(1, num_pixels))
    place = file.tell()
    num_scans = _num_scans(file, most)
    file.seek(place)
    if num_scans > most:
        raise Refusal(f"more scans than the {most} allowed for its size")


def _num_scans(file: BinaryIO, most: int) -> int:
    """How many scans a JPEG has, or any number above `most`."""
    file.seek(0)
    num_seen, last = 0, b""
    while num_seen <= most and (block := file.read(_BLOCK_BYTES)):
        num_seen += (last + block).count(_SCAN)
        last = block[-1:]
    # Other parts of a file, such as a preview, may hold such bytes: then each is checked.
    return num_seen if num_seen <= most else _num_true_scans(file, most)


def _num_true_scans(file: BinaryIO, most: int) -> int:
    file.seek(0)
    content = file.read()
    num_scans, num_steps, place = 0, 0, 2
    while num_scans <= most and (match := _MARKER.search(content, place)):
        marker, place = content[match.start() + 1], match.end()
        num_steps += 1
        if num_steps > MAX_PARTS:
            return most + 1
        if marker == 0xD9:
            break
        if marker not in _ALONE:
            num_scans += marker == 0xDA
            place += max(2, int.from_bytes(content[place : place + 2], "big"))
    return num_scans


def _check_segments(file: BinaryIO) -> None:
    place, num_parts, num_exif = 2, 0, 0
    while True:
        file.seek(place)
        start = file.read(10)
        if len(start) < 4 or start[:2] == _SCAN:
            return
        num_parts += 1
        num_exif += start[1] == 0xE1 and start[4:] == b"Exif\0\0"
        if num_parts > MAX_PARTS or num_exif > MAX_EXIF_SEGMENTS:
            raise Refusal("more segments before its pixels than a picture has")
        if start[0] != 0xFF or start[1] == 0xFF:
            place += 1
        elif start[1] == 0 or start[1] in _ALONE:
            place += 2
        else:
            place += 2 + max(2, int.from_bytes(start[2:4], "big"))


def _check_chunks(file: BinaryIO) -> None:
    place, num_parts, num_of_pixels = 8, 0, 0
    while True:
        file.seek(place)
        start = file.read(8)
        if len(start) < 8 or start[4:] == b"IEND":
            return
        if start[4:] == b"IDAT":
            num_of_pixels += 1
        else:
            num_parts += 1
        if num_parts > MAX_PARTS or num_of_pixels > MAX_PIXEL_CHUNKS:
            raise Refusal("more chunks than a picture has")
        place += 12 + int.from_bytes(start[:4], "big")


def _check_tags(file: BinaryIO) -> None:
    """The tags of the first page: how many, and into how many strips or tiles they cut it."""
    file.seek(0)
    start = file.read(16)
    order = "<" if start[:2] == b"II" else ">"
    is_big = b"\x2b" in start[2:4]
    if len(start) < (16 if is_big else 8):
        return
    (place,) = struct.unpack(order + ("Q" if is_big else "I"), start[8:16] if is_big else start[4:8])
    width, count, entry = (8, "Q", "HHQ8x") if is_big else (2, "H", "HHI4x")
    file.seek(min(place, MAX_FILE_BYTES))
    head = file.read(width)
    if len(head) < width:
        return
    (num_tags,) = struct.unpack(order + count, head)
    if num_tags > MAX_TAGS:
        raise Refusal("more tags than a picture has")
    size = struct.calcsize(order + entry)
    tags = file.read(num_tags * size)
    for tag, _, number in struct.iter_unpack(order + entry, tags[: len(tags) // size * size]):
        if tag in _STRIP_TAGS and number > MAX_STRIPS:
            raise Refusal(f"cut into {number:,} pieces, where at most {MAX_STRIPS:,} are read")


def _check_blocks(file: BinaryIO) -> None:
    """What a GIF holds before its first picture: remarks, in blocks of up to 255 bytes."""
    file.seek(10)
    flags = file.read(3)[:1] or b"\0"
    file.seek(13 + (3 * (2 << (flags[0] & 7)) if flags[0] & 0x80 else 0))
    num_parts, is_inside = 0, False
    while (byte := file.read(1)) and (is_inside or byte not in b",;"):
        num_parts += 1
        if num_parts > MAX_PARTS:
            raise Refusal("more blocks before its pixels than a picture has")
        if is_inside:
            is_inside = byte != b"\0"
            file.seek(byte[0], os.SEEK_CUR)
        elif byte == b"!":
            is_inside = True
            file.seek(1, os.SEEK_CUR)


def _check_slow(file: BinaryIO) -> None:
    """Numbers written in digits, and runs of a bitmap."""
    file.seek(0)
    start = file.read(START_BYTES)
    is_slow = start[1:2] in b"123" if start[:1] == b"P" else start[30:34] in _RUN_LENGTHS
    if is_slow and (num_bytes := file.seek(0, os.SEEK_END)) > MAX_SLOW_BYTES:
        raise Refusal(f"{num_bytes >> 20} MB of a slow kind, where at most {MAX_SLOW_BYTES >> 20} are read")
