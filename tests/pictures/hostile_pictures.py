"""Small files that ask for much work or memory."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from PIL import Image

from drawn_pictures import COLOURS, chunk, drawn, saved


def tall_png(width: int, height: int) -> bytes:
    """A PNG of one colour and any sides, made a megabyte at a time."""
    row = bytes(1 + (width + 7) // 8)
    packer, rows = zlib.compressobj(9), []
    num_at_once = max(1, (1 << 20) // len(row))
    for start in range(0, height, num_at_once):
        rows.append(packer.compress(row * min(num_at_once, height - start)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    body = b"".join([*rows, packer.flush()])
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def many_scans(num_scans: int, side: int = 1024) -> bytes:
    """A progressive JPEG that repeats its last scan, with its table."""
    content = saved(Image.new("L", (side, side), 90), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xc4") : -2]
    return content[:-2] + last * (num_scans - content.count(b"\xff\xda")) + content[-2:]


def sequential_scans(num_scans: int, side: int = 1024) -> bytes:
    """A JPEG of the plain kind with its only scan again and again."""
    content = saved(Image.new("L", (side, side), 90), "JPEG")
    scan = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + scan * (num_scans - 1) + content[-2:]


def in_jpeg(*segments: bytes) -> bytes:
    """A good JPEG with segments before its pixels."""
    content = saved(drawn("RGB", COLOURS), "JPEG", quality=95)
    return content[:2] + b"".join(segments) + content[2:]


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def in_png(*chunks: bytes) -> bytes:
    """A good PNG with chunks before its pixels."""
    content = saved(drawn("RGB", COLOURS), "PNG")
    return content[:33] + b"".join(chunks) + content[33:]


def in_gif(blocks: bytes) -> bytes:
    """A good GIF with blocks before its pixels."""
    content = saved(drawn("P", (0, 1, 2, 3)), "GIF")
    start = 13 + 3 * (2 << (content[10] & 7))
    return content[:start] + blocks + content[start:]


def tiny_tiles(num_tiles: int) -> bytes:
    """A TIFF cut into tiles of 4 x 4 pixels, all in one place."""
    one = {256: 8000, 257: 8000, 258: 8, 259: 1, 262: 1, 277: 1, 322: 4, 323: 4}
    tags = [
        *((tag, 3, 1, value) for tag, value in one.items()),
        *((tag, 3, num_tiles, 134) for tag in (324, 325)),
    ]
    table = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0\x08\0\0\0" + table + bytes(4) + struct.pack("<H", 8) * num_tiles


def big_tiff(num_tags: int) -> bytes:
    """A TIFF of the larger kind that says it has very many tags."""
    return b"II\x2b\0\x08\0\0\0" + struct.pack("<QQ", 16, num_tags) + bytes(1000)


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "tall.png": (
        lambda: tall_png(1, 64_000_000),
        "1 x 64000000 pixels, where a side",
    ),
    "wide.png": (
        lambda: tall_png(64_000_000, 1),
        "64000000 x 1 pixels, where a side",
    ),
    "scans.jpg": (lambda: many_scans(2000), "more scans than the 200 allowed for its size"),
    "large-scans.jpg": (
        lambda: many_scans(150, 4096),
        "more scans than the 119 allowed",
    ),
    "plain-scans.jpg": (lambda: sequential_scans(2000), "more scans than the 200"),
    "segments.jpg": (lambda: in_jpeg(segment(0xE5, b"") * 500_000), "more segments before its pixels"),
    "junk.jpg": (lambda: in_jpeg(segment(0xFE, b""), bytes(5_000_000)), "more segments before its pixels"),
    "fill.jpg": (lambda: in_jpeg(segment(0xFE, b""), b"\xff" * 5_000_000), "more segments before its pixels"),
    "exif.jpg": (
        lambda: in_jpeg(segment(0xE1, b"Exif\0\0MM\0*" + bytes(60_000)) * 200),
        "more segments before its pixels",
    ),
    "chunks.png": (lambda: in_png(chunk(b"prVt", b"") * 200_000), "more chunks than a picture has"),
    "texts.png": (lambda: in_png(chunk(b"tEXt", b"a\0b") * 200_000), "more chunks than a picture has"),
    "empty-pixels.png": (lambda: in_png(chunk(b"IDAT", b"") * 300_000), "more chunks than a picture has"),
    "profile.png": (
        lambda: in_png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 25)))),
        "damaged: Decompressed data too large",
    ),
    "tiles.tif": (lambda: tiny_tiles(1_000_000), "cut into 1,000,000 pieces, where at most 100,000 are read"),
    "tags.tif": (lambda: big_tiff(1 << 60), "more tags than a picture has"),
    "digits.pgm": (
        lambda: b"P2 4000 4000 255\n" + b"0 " * 16_000_000,
        "30 MB of a slow kind, where at most 16 are read",
    ),
    "remarks.gif": (lambda: in_gif(b"!\xfe\1a\0" * 200_000), "more blocks before its pixels"),
    "blocks.gif": (lambda: in_gif(b"!\xfe" + b"\1a" * 200_000 + b"\0"), "more blocks before its pixels"),
    "junk.gif": (lambda: in_gif(bytes(1_000_000)), "more blocks before its pixels"),
    "canvas.gif": (
        lambda: b"GIF89a\xff\xff\xff\xff" + saved(drawn("L", (1, 2, 3, 4)), "GIF")[10:],
        "more than 64 million pixels",
    ),
}
"""A file, and the reason of its refusal."""
