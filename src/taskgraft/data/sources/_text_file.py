"""The lines of a text file, whose encoding is certain or named: a guess could spoil the names in it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from taskgraft.errors import DataError

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    # Those of UTF-32 come first: one of UTF-16 begins like one of them.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_HEAD_BYTES = 1 << 16
_REMEDY = "Save it as UTF-8 (in a spreadsheet: CSV UTF-8)."
_ENDS_OF_A_CELL = re.compile(rb'[,;|\t"\r\n]')


def text_lines(path: Path) -> Iterator[str]:
    r"""The lines of a file in UTF-8, or in UTF-16 or UTF-32 with their mark; each with the end it has.

    A line ends at `\n`, `\r` or `\r\n`, also where a file mixes them.

    Raises:
        DataError: If the file is in another encoding, or is no text.
        OSError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "t.csv"
        ...     _ = path.write_bytes("path\r\n\u00fc.png".encode("utf-16"))
        ...     list(text_lines(path))
        ['path\r\n', 'ü.png']
    """
    encoding = _encoding(path)
    with path.open(newline="", encoding=encoding) as stream:
        try:
            for number, line in enumerate(stream, start=1):
                if "\0" in line:
                    raise _no_text(path, f"a NUL byte in line {number}")
                yield line.lstrip("\ufeff") if number == 1 else line
        except UnicodeDecodeError as error:
            if encoding == "utf-8":
                raise _in_another_encoding(path) from error
            raise OSError(f"damaged text in {encoding.removesuffix('-sig').upper()}") from error


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    # Of western text in UTF-16 every second byte is zero, and the others are no controls below the tab.
    halves = head[::2], head[1::2]
    if any(a.count(0) > len(head) // 8 and min(b, default=0) >= ord("\t") for a, b in (halves, halves[::-1])):
        raise DataError.expected(str(path), "text in UTF-8", "UTF-16 without the mark that says so", _REMEDY)
    if b"\0" in head:
        raise _no_text(path, f"a NUL byte in line {1 + head[: head.index(0)].count(10)}")
    return "utf-8"


def _no_text(path: Path, got: str) -> DataError:
    return DataError.expected(
        str(path),
        "text in UTF-8",
        f"{got}, which no text has",
        "Name a text file; a workbook must be saved as CSV UTF-8 first.",
    )


def _in_another_encoding(path: Path) -> DataError:
    """Says where the first sign that is no UTF-8 stands, and how it reads in the encoding that is likely."""
    number, line, start = _first_undecodable(path)
    cell = _ENDS_OF_A_CELL.split(line[:start])[-1][-20:] + _ENDS_OF_A_CELL.split(line[start:])[0][:20]
    got = f"byte 0x{line[start]:02x} in line {number}"
    try:
        got += f", as Windows-1252 (cp1252) writes {cell.decode('cp1252')!r}"
    except UnicodeDecodeError:
        got += ", as other encodings have it"
    return DataError.expected(str(path), "text in UTF-8", got, _REMEDY)


def _first_undecodable(path: Path) -> tuple[int, bytes, int]:
    """The first line that is no UTF-8: its number, what it holds, and where in it."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return number, line, error.start
    raise OSError("text that changed while it was read")
