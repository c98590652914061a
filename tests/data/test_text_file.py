from __future__ import annotations

from pathlib import Path

import pytest

from taskgraft.data.sources._text_file import text_lines
from taskgraft.errors import DataError

TEXT = "path,label\r\nü.png,café\nΩ.png,x\ry.png,日本\n"
LINES = ["path,label\r\n", "ü.png,café\n", "Ω.png,x\r", "y.png,日本\n"]


def written(folder: Path, content: bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_recognised_and_all_ends_of_lines_count(tmp_path: Path, encoding: str) -> None:
    assert list(text_lines(written(tmp_path, TEXT.encode(encoding)))) == LINES


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le")])
def test_either_order_of_bytes_is_read(tmp_path: Path, mark: bytes, encoding: str) -> None:
    assert list(text_lines(written(tmp_path, mark + TEXT.encode(encoding)))) == LINES


def test_a_mark_that_was_written_twice_is_no_part_of_a_name(tmp_path: Path) -> None:
    assert list(text_lines(written(tmp_path, b"\xef\xbb\xbf" * 2 + b"path\n"))) == ["path\n"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_named(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(DataError, match="text in UTF-8, but got 'UTF-16 without the mark that says so'"):
        list(text_lines(written(tmp_path, "path,label\na.png,x\n".encode(encoding))))


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (
            "path,label\na.png,x\nb.png,café au lait;y\n".encode("cp1252"),
            "'byte 0xe9 in line 3, as Windows-1252 (cp1252) writes 'café au lait''",
        ),
        ("path,label\n" + "a.png,x\n" * 100_000 + "b.png,Müller\n", "line 100002, as Windows-1252"),
        (b"path,label\na.png,\x81x\n", "'byte 0x81 in line 2, as other encodings have it'"),
        ("path,label\na.png,犬\n".encode("shift-jis"), "in line 2"),
    ],
)
def test_what_is_no_unicode_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, content: bytes | str, got: str
) -> None:
    content = content.encode("latin-1") if isinstance(content, str) else content
    with pytest.raises(DataError) as caught:
        list(text_lines(written(tmp_path, content)))
    line = str(caught.value).replace('"', "'")
    assert got in line
    assert line.endswith("Save it as UTF-8 (in a spreadsheet: CSV UTF-8).")
    assert "permissions" not in line


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"path,label\na.png,x\0y\n", "a NUL byte in line 2, which no text has"),
        (b"path,label\n" + b"a.png,x\n" * 20_000 + b"b\0", "a NUL byte in line 20002"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00", "a NUL byte in line 1"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes, got: str) -> None:
    with pytest.raises(DataError) as caught:
        list(text_lines(written(tmp_path, content)))
    assert got in str(caught.value)


def test_text_that_is_cut_within_a_sign_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="damaged text in UTF-16"):
        list(text_lines(written(tmp_path, "path".encode("utf-16")[:-1])))
