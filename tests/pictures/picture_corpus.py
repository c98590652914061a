"""Good, odd and broken picture files, each with the picture it must give or the reason for its refusal.

The good ones show four quadrants of known colours; what they must look like is written down in numbers here,
never read back through a decoder.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from drawn_pictures import (
    BLACK,
    BLUE,
    COLOURS,
    DARK,
    GREEN,
    GREYS,
    HEIGHT,
    LIGHT,
    RED,
    WHITE,
    WIDTH,
    YELLOW,
    chunk,
    deep_png,
    deep_tiff,
    drawn,
    png,
    quadrants,
    saved,
    tiff,
)

Pixels = npt.NDArray[np.uint8]

NOT_ALLOWED = "not a JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, AVIF or HEIC picture"


@dataclass(frozen=True)
class Case:
    """A file and what must come of it: a picture, a reason, or (of one cut late) either.

    `tolerance` is for lossy formats, and is looked at in the middle of each quadrant only.
    """

    name: str
    content: bytes
    shown: Pixels | None = None
    reason: str | None = None
    tolerance: int = 0


def good() -> Iterator[Case]:
    yield from _lossless()
    yield from _transparent()
    yield from _deep()
    yield from _lossy()
    yield from _moving()
    yield from _turned()
    yield from _oddly_named()


def _lossless() -> Iterator[Case]:
    palette = drawn("RGB", COLOURS).convert("P", palette=Image.Palette.ADAPTIVE, colors=8)
    two = (BLACK, WHITE, WHITE, BLACK)
    images = {
        "1": (drawn("1", (0, 255, 255, 0)), two),
        "L": (drawn("L", (0, 80, 160, 255)), GREYS),
        "P": (palette, COLOURS),
        "RGB": (drawn("RGB", COLOURS), COLOURS),
    }
    cmyk = drawn("CMYK", ((0, 255, 255, 0), (255, 0, 255, 0), (255, 255, 0, 0), (0, 0, 255, 0)))
    forms: list[tuple[str, str, dict[str, object]]] = [
        ("PNG", "png", {}),
        ("PNG", "png", {"compress_level": 0}),
        ("GIF", "gif", {}),
        ("BMP", "bmp", {}),
        ("TIFF", "tif", {}),
        *(
            ("TIFF", "tif", {"compression": how})
            for how in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "tiff_deflate")
        ),
    ]
    for number, (form, ending, options) in enumerate(forms):
        for mode, (image, corners) in images.items():
            yield Case(f"{mode}-{number}.{ending}", saved(image, form, **options), quadrants(corners))
    for how in ("group3", "group4"):
        yield Case(f"fax-{how}.tif", saved(images["1"][0], "TIFF", compression=how), quadrants(two))
    for how in ("raw", "tiff_lzw", "packbits"):
        yield Case(f"cmyk-{how}.tif", saved(cmyk, "TIFF", compression=how), quadrants(COLOURS))
    for mode in ("L", "RGB"):
        image, corners = images[mode]
        yield Case(f"{mode}.webp", saved(image, "WEBP", lossless=True), quadrants(corners))
    for bits, values in ((2, (0, 1, 2, 3)), (4, (0, 5, 10, 15))):
        packed = _packed(quadrants(values), bits)
        corners = [(value * 255 // (2**bits - 1),) * 3 for value in values]
        yield Case(f"grey-{bits}-bit.png", png(WIDTH, HEIGHT, bits, 0, packed), quadrants(corners))
    for mode, ending in (("1", "pbm"), ("L", "pgm"), ("RGB", "ppm")):
        image, corners = images[mode]
        yield Case(f"{mode}.{ending}", saved(image, "PPM"), quadrants(corners))
        yield Case(f"digits.{ending}", digits(image), quadrants(corners))
    yield Case("wrong.jpg", saved(images["RGB"][0], "PNG"), quadrants(COLOURS))
    yield Case("none", saved(images["RGB"][0], "BMP"), quadrants(COLOURS))
    yield Case("wrong.txt", saved(images["RGB"][0], "TIFF"), quadrants(COLOURS))


def digits(image: Image.Image) -> bytes:
    """A picture written in digits, with a remark, as students' programs write them."""
    kind, most = {"1": ("P1", ""), "L": ("P2", "255"), "RGB": ("P3", "255")}[image.mode]
    values = np.asarray(image, np.uint8).reshape(-1)
    words = " ".join(map(str, values if most else 1 - values))
    return f"{kind}\n# made by hand\n{image.width} {image.height}\n{most}\n{words}\n".encode()


def _packed(field: npt.NDArray[np.generic], num_bits: int) -> bytes:
    bits = np.unpackbits(field.astype(np.uint8)[:, :, None], axis=2)[:, :, -num_bits:]
    return b"".join(b"\0" + np.packbits(row.reshape(-1)).tobytes() for row in bits)


def _transparent() -> Iterator[Case]:
    # Green is opaque, blue is gone, the last is half of black.
    rgba = drawn("RGBA", ((255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 0), (0, 0, 0, 128)))
    shown = quadrants((RED, GREEN, WHITE, (127,) * 3))
    grey = drawn("LA", ((0, 255), (80, 255), (0, 0), (0, 128)))
    for form, options in (("PNG", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})):
        yield Case(f"rgba{len(options)}.{form}", saved(rgba, form, **options), shown)
        grey_shown = quadrants((BLACK, DARK, WHITE, (127,) * 3))
        yield Case(f"la{len(options)}.{form}", saved(grey, form, **options), grey_shown)
    yield Case("rgba.webp", saved(rgba, "WEBP", lossless=True, exact=True), shown)
    indices = Image.fromarray(quadrants((0, 1, 2, 3)))
    indices.putpalette([*RED, *GREEN, *BLUE, *BLACK])
    yield Case("palette-alpha.png", saved(indices, "PNG", transparency=bytes([255, 255, 0, 128])), shown)
    one = quadrants((RED, GREEN, WHITE, BLACK))
    yield Case("palette-clear.png", saved(indices, "PNG", transparency=2), one)
    yield Case("palette-clear.gif", saved(indices, "GIF", transparency=2), one)
    key = quadrants((RED, GREEN, WHITE, YELLOW))
    yield Case("key.png", saved(drawn("RGB", COLOURS), "PNG", transparency=BLUE), key)
    grey_key = quadrants((BLACK, WHITE, LIGHT, WHITE))
    yield Case("grey-key.png", saved(drawn("L", (0, 80, 160, 255)), "PNG", transparency=80), grey_key)


def _deep() -> Iterator[Case]:
    greys = (0x0000, 0x50FF, 0xA000, 0xFFFF)
    colours = [tuple(value * 257 for value in colour) for colour in COLOURS]
    yield Case("grey16.png", deep_png(0, greys), quadrants(GREYS))
    yield Case("colour16.png", deep_png(2, colours), quadrants(COLOURS))
    key = chunk(b"tRNS", struct.pack(">HHH", 0, 0, 0xFFFF))
    yield Case("colour16-key.png", deep_png(2, colours, key), quadrants((RED, GREEN, WHITE, YELLOW)))
    grey_key = chunk(b"tRNS", struct.pack(">H", 0x50FF))
    yield Case("grey16-key.png", deep_png(0, greys, grey_key), quadrants((BLACK, WHITE, LIGHT, WHITE)))
    clear = [(value, 0xFFFF if value != 0xA000 else 0) for value in greys]
    yield Case("la16.png", deep_png(4, clear), quadrants((BLACK, DARK, WHITE, WHITE)))
    alpha = [(*colour, 0xFFFF if colour != (0, 0, 0xFFFF) else 0) for colour in colours]
    yield Case("rgba16.png", deep_png(6, alpha), quadrants((RED, GREEN, WHITE, YELLOW)))
    pgm = f"P5 {WIDTH} {HEIGHT} 65535\n".encode() + quadrants(greys, ">u2").tobytes()
    yield Case("grey16.pgm", pgm, quadrants(GREYS))
    for order, end in (("<", "little"), (">", "big")):
        yield Case(f"grey16-{end}.tif", deep_tiff(order, 1, greys), quadrants(GREYS))
        yield Case(f"colour16-{end}.tif", deep_tiff(order, 2, colours), quadrants(COLOURS))
    yield Case("grey16-white-is-zero.tif", deep_tiff("<", 0, [65535 - v for v in greys]), quadrants(GREYS))
    yield Case("grey12.tif", deep_tiff("<", 1, [v >> 4 for v in greys], 12), quadrants(GREYS))


def _lossy() -> Iterator[Case]:
    rgb, grey = drawn("RGB", COLOURS), drawn("L", (0, 80, 160, 255))
    for name, options in {"plain": {}, "progressive": {"progressive": True}, "fine": {"quality": 95}}.items():
        yield Case(f"{name}.jpg", saved(rgb, "JPEG", **options), quadrants(COLOURS), tolerance=24)
        yield Case(f"grey-{name}.jpg", saved(grey, "JPEG", **options), quadrants(GREYS), tolerance=12)
    cmyk = drawn("CMYK", ((0, 255, 255, 0), (255, 0, 255, 0), (255, 255, 0, 0), (0, 0, 255, 0)))
    yield Case("cmyk.jpg", saved(cmyk, "JPEG", quality=95), quadrants(COLOURS), tolerance=12)
    yield Case("ycck.jpg", _ycck(), quadrants(COLOURS), tolerance=12)
    yield Case("lossy.webp", saved(rgb, "WEBP", quality=95), quadrants(COLOURS), tolerance=40)
    yield Case("fine.avif", saved(rgb, "AVIF", quality=95), quadrants(COLOURS), tolerance=24)
    yield Case("grey.avif", saved(grey, "AVIF", quality=95), quadrants(GREYS), tolerance=12)
    rgba = drawn("RGBA", ((255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 0), (0, 0, 0, 255)))
    shown = quadrants((RED, GREEN, WHITE, BLACK))
    yield Case("clear.avif", saved(rgba, "AVIF", quality=95), shown, tolerance=24)
    yield Case("jpeg.tif", saved(rgb, "TIFF", compression="jpeg"), quadrants(COLOURS), tolerance=40)


def _ycck() -> bytes:
    """What photo editors write: CMYK of which the first three are stored as YCbCr; the marker says so."""
    stored = []
    for red, green, blue in COLOURS:
        cyan, magenta, yellow = 255 - red, 255 - green, 255 - blue
        luma = 0.299 * cyan + 0.587 * magenta + 0.114 * yellow
        chroma = 128 - 0.168736 * cyan - 0.331264 * magenta + 0.5 * yellow
        other = 128 + 0.5 * cyan - 0.418688 * magenta - 0.081312 * yellow
        stored.append(tuple(255 - round(min(value, 255)) for value in (luma, chroma, other, 255)))
    content = saved(drawn("CMYK", stored), "JPEG", quality=100, subsampling=0)
    adobe = content.index(b"Adobe")
    return content[: adobe + 11] + b"\x02" + content[adobe + 12 :]


def _moving() -> Iterator[Case]:
    frames = [drawn("RGB", COLOURS), drawn("RGB", (BLUE,) * 4), drawn("RGB", (BLACK,) * 4)]
    together = {"save_all": True, "append_images": frames[1:], "duration": 50}
    yield Case("moving.gif", saved(frames[0], "GIF", **together), quadrants(COLOURS))
    yield Case("moving.webp", saved(frames[0], "WEBP", lossless=True, **together), quadrants(COLOURS))
    yield Case("moving.png", saved(frames[0], "PNG", **together), quadrants(COLOURS))
    yield Case("pages.tif", saved(frames[0], "TIFF", **together), quadrants(COLOURS))
    two = {"save_all": True, "append_images": frames[1:2]}
    yield Case(
        "moving.avif", saved(frames[0], "AVIF", quality=95, **together), quadrants(COLOURS), tolerance=24
    )
    yield Case("two.mpo.jpg", saved(frames[0], "MPO", quality=95, **two), quadrants(COLOURS), tolerance=24)


def stored_for(orientation: int, shown: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """How a camera with this EXIF orientation lies the rows and columns down: the definition, in indices."""
    across, down = shown[:, ::-1], shown[::-1]
    laid = {
        1: shown,
        2: across,
        3: shown[::-1, ::-1],
        4: down,
        5: shown.swapaxes(0, 1),
        6: across.swapaxes(0, 1),
        7: shown[::-1, ::-1].swapaxes(0, 1),
        8: down.swapaxes(0, 1),
    }
    return np.ascontiguousarray(laid[orientation])


def _turned() -> Iterator[Case]:
    shown = quadrants(COLOURS)
    for orientation in range(1, 9):
        image = Image.fromarray(stored_for(orientation, shown))
        exif = Image.Exif()
        exif[0x0112] = orientation
        for form, options, tolerance in (
            ("JPEG", {"quality": 95}, 24),
            ("PNG", {}, 0),
            ("WEBP", {"lossless": True}, 0),
            ("TIFF", {}, 0),
            ("TIFF", {"compression": "tiff_lzw"}, 0),
            ("AVIF", {"quality": 95}, 24),
        ):
            content = saved(image, form, exif=exif, **options)
            yield Case(f"turned{orientation}{len(options)}.{form}", content, shown, tolerance=tolerance)
    broken = saved(Image.fromarray(shown), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    yield Case("exif-broken.png", broken, shown)


def _oddly_named() -> Iterator[Case]:
    content = saved(drawn("RGB", COLOURS), "PNG")
    for name in (
        "with space.png",
        " .png",
        'it\'s "quoted".png',
        "Äpfel 苹果 🍎.png",
        "line\nbreak.png",
        "tab\t.png",
        "-rf.png",
        "$(ls).png",
        "%s{0}.png",
        "back\\slash.png",
        "r\rn.png",
        "é.png",
        "a" * 200 + ".png",
        "[markup]bold[/markup].png",
        os.fsdecode(b"not-utf8-\xff.png"),
    ):
        yield Case(name, content, quadrants(COLOURS))


def broken() -> Iterator[Case]:
    yield from _cut()
    yield from _noise()
    yield from _huge()
    yield from _not_allowed()


def _cut() -> Iterator[Case]:
    """Files cut at many points: bad, or, where only what follows the pixels is gone, the whole picture."""
    rng = np.random.default_rng(0)
    noisy = Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8))
    palette = Image.fromarray(quadrants((0, 1, 2, 3)))
    palette.putpalette([*RED, *GREEN, *BLUE, *BLACK])
    for name, image, form, options in (
        ("jpg", noisy, "JPEG", {}),
        ("progressive.jpg", noisy, "JPEG", {"progressive": True}),
        ("png", noisy, "PNG", {}),
        ("palette.png", palette, "PNG", {}),
        ("gif", noisy, "GIF", {}),
        ("bmp", noisy, "BMP", {}),
        ("webp", noisy, "WEBP", {}),
        ("lossless.webp", noisy, "WEBP", {"lossless": True}),
        ("tif", noisy, "TIFF", {}),
        ("lzw.tif", noisy, "TIFF", {"compression": "tiff_lzw"}),
        ("deflate.tif", noisy, "TIFF", {"compression": "tiff_adobe_deflate"}),
        ("ppm", noisy, "PPM", {}),
        ("avif", noisy, "AVIF", {"quality": 90}),
    ):
        content = saved(image, form, **options)
        entire = np.asarray(Image.open(BytesIO(content)).convert("RGB"))
        for percent in (1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 85, 90):
            start = content[: max(1, len(content) * percent // 100)]
            yield Case(f"cut{percent}.{name}", start, shown=entire, reason="")
        for num_bytes in (1, 2, 4, 13, 30):
            yield Case(f"short{num_bytes}.{name}", content[:-num_bytes], shown=entire, reason="")


def _noise() -> Iterator[Case]:
    rng = np.random.default_rng(1)
    starts = {
        "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
        "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "gif": b"GIF89a",
        "webp": b"RIFF\xff\0\0\0WEBPVP8L",
        "bmp": b"BM",
        "tif": b"II*\0\x08\0\0\0",
    }
    for ending, start in starts.items():
        for number in range(4):
            yield Case(f"noise{number}.{ending}", start + rng.bytes(300), reason="")
        yield Case(f"start.{ending}", start, reason="")
        yield Case(f"zeros.{ending}", start + bytes(300), reason="")
        yield Case(f"random.{ending}", rng.bytes(500), reason=NOT_ALLOWED)
        yield Case(f"empty.{ending}", b"", reason="an empty file")
    yield Case("nulls.jpg", bytes(1000), reason=NOT_ALLOWED)


def _huge() -> Iterator[Case]:
    many = "million"
    yield Case("huge.png", png(60000, 60000, 8, 2, b""), reason=many)
    yield Case("large.png", png(9000, 9000, 8, 0, b""), reason="9000 x 9000 pixels, where at most 64 million")
    yield Case("endless.png", png(2**31 - 1, 2**31 - 1, 8, 2, b""), reason=many)
    gif = bytearray(saved(drawn("P", (0, 1, 2, 3)), "GIF"))
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    yield Case("huge.gif", bytes(gif), reason=many)
    bmp = bytearray(saved(drawn("RGB", COLOURS), "BMP"))
    bmp[18:26] = struct.pack("<ii", 60000, 60000)
    yield Case("huge.bmp", bytes(bmp), reason=many)
    size = {256: ("I", (60000,)), 257: ("I", (60000,)), 258: ("H", (8,)), 259: ("H", (1,)), 262: ("H", (1,))}
    yield Case("huge.tif", tiff("<", {**size, 278: ("I", (60000,))}, b"0"), reason=many)
    jpeg = saved(drawn("RGB", COLOURS), "JPEG")
    frame = jpeg.index(b"\xff\xc0") + 5
    yield Case("huge.jpg", jpeg[:frame] + struct.pack(">HH", 65500, 65500) + jpeg[frame + 4 :], reason=many)
    frames = [drawn("RGB", COLOURS), drawn("RGB", (BLUE,) * 4)]
    webp = bytearray(saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    webp[24:30] = b"\xff\x3f\0" * 2
    yield Case("huge.webp", bytes(webp), reason=many)


def _not_allowed() -> Iterator[Case]:
    image = drawn("RGB", COLOURS)
    for form in ("ICO", "PCX", "TGA", "PDF", "EPS", "JPEG2000", "DDS", "SGI"):
        yield Case(f"other.{form}", saved(image, form), reason=NOT_ALLOWED)
    for name, content in {
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "page.jpg": b"<html>404</html>",
        "notes.png": b"just text\n" * 20,
        "archive.jpg": b"PK\x03\x04" + bytes(100),
        "pointer.jpg": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    }.items():
        yield Case(name, content, reason=NOT_ALLOWED)
    for mode in ("I", "F", "LAB"):
        yield Case(f"{mode}.tif", saved(Image.new(mode, (4, 4)), "TIFF"), reason="viewers disagree")


def write(cases: list[Case], folder: Path) -> list[Path]:
    """Puts the cases in a folder, each under its own name in a folder of its own."""
    paths = []
    for number, case in enumerate(cases):
        path = folder / str(number) / case.name
        path.parent.mkdir(parents=True)
        path.write_bytes(case.content)
        paths.append(path)
    return paths
