"""Pictures of four quadrants of known colours, saved by Pillow or, for kinds it does not write, by hand."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

HEIGHT, WIDTH = 18, 24
RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
BLACK, WHITE, DARK, LIGHT = (0,) * 3, (255,) * 3, (80,) * 3, (160,) * 3
COLOURS, GREYS = (RED, GREEN, BLUE, YELLOW), (BLACK, DARK, LIGHT, WHITE)


def quadrants(values: object, dtype: object = np.uint8) -> npt.NDArray[np.generic]:
    """(H, W, channels) or (H, W): values at the upper left, upper right, lower left and lower right."""
    corner = np.array(values, dtype=dtype).reshape(2, 2, -1)
    field = corner.repeat(HEIGHT // 2, axis=0).repeat(WIDTH // 2, axis=1)
    return field[:, :, 0] if field.shape[2] == 1 else field


def drawn(mode: str, values: object) -> Image.Image:
    image = Image.new(mode, (WIDTH, HEIGHT))
    for index, value in enumerate(values):
        row, column = divmod(index, 2)
        left, top = column * WIDTH // 2, row * HEIGHT // 2
        image.paste(value, (left, top, left + WIDTH // 2, top + HEIGHT // 2))
    return image


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png(width: int, height: int, num_bits: int, kind: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG written by hand, for the kinds Pillow does not write."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, num_bits, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def deep_png(kind: int, values: object, extra: bytes = b"") -> bytes:
    field = quadrants(values, ">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in field)
    return png(WIDTH, HEIGHT, 16, kind, rows, extra)


def tiff(order: str, tags: dict[int, tuple[str, tuple[int, ...]]], pixels: bytes) -> bytes:
    """A TIFF of one uncompressed strip, written by hand."""
    tags = {**tags, 273: ("I", (0,)), 279: ("I", (len(pixels),))}
    entries, tail = b"", b""
    base = 8 + 2 + 12 * len(tags) + 4
    for tag, (kind, values) in sorted(tags.items()):
        body = struct.pack(f"{order}{len(values)}{kind}", *values)
        if tag == 273:
            body = struct.pack(f"{order}I", base + sum(_long(tags, order)))
        code = {"H": 3, "I": 4}[kind]
        if len(body) > 4:
            entries += struct.pack(f"{order}HHII", tag, code, len(values), base + len(tail))
            tail += body
        else:
            entries += struct.pack(f"{order}HHI", tag, code, len(values)) + body.ljust(4, b"\0")
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return start + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + tail + pixels


def _long(tags: dict[int, tuple[str, tuple[int, ...]]], order: str) -> Iterator[int]:
    for kind, values in tags.values():
        if (size := struct.calcsize(f"{order}{len(values)}{kind}")) > 4:
            yield size


def deep_tiff(order: str, photometric: int, values: object, num_bits: int = 16) -> bytes:
    field = quadrants(values, f"{order}u2")
    num_channels = 1 if field.ndim == 2 else field.shape[2]
    tags = {
        256: ("H", (WIDTH,)),
        257: ("H", (HEIGHT,)),
        258: ("H", (num_bits,) * num_channels),
        259: ("H", (1,)),
        262: ("H", (photometric,)),
        277: ("H", (num_channels,)),
        278: ("H", (HEIGHT,)),
    }
    pixels = field.tobytes()
    if num_bits == 12:
        pairs = field.astype(np.int64).reshape(-1, 2)
        packed = (pairs[:, 0] << 12) | pairs[:, 1]
        pixels = b"".join(int(pair).to_bytes(3, "big") for pair in packed)
    return tiff(order, tags, pixels)
