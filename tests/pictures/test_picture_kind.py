from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from picture_corpus import broken, good

from taskgraft.data.sources import read_folder
from taskgraft.pictures import is_picture
from taskgraft.pictures._picture_kind import START_BYTES, kind_of

GOOD = [case for case in good() if len(case.name) < 100]


@pytest.mark.parametrize(
    "name",
    [
        "a.jpg",
        "a.JPEG",
        "a.jpe",
        "a.png",
        "a.webp",
        "a.gif",
        "a.bmp",
        "a.tif",
        "a.tiff",
        "a.avif",
        "a.heic",
        "a.HEIF",
        "a.hif",
        "a.ppm",
        "a.pgm",
        "a.pbm",
        "a.pnm",
        ".hidden.png",
    ],
)
def test_a_usual_suffix_settles_it(name: str) -> None:
    assert is_picture(Path("nowhere") / name)


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.svg", "a.mp4", "gone", "", ".jpg"])
def test_other_names_are_no_pictures(name: str) -> None:
    assert not is_picture(Path("nowhere") / name)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: ascii(case.name))
def test_what_can_be_read_is_a_picture_without_its_suffix_too(case: object, tmp_path: Path) -> None:
    (tmp_path / "0001").write_bytes(case.content)
    assert is_picture(tmp_path / "0001")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"P",
        b"P5",
        b"BM",
        b"BM is how this text begins, and it goes on",
        b"Please read me",
        b"P4ge 1",
        b"II",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypisom\0\0\0\0mp42",
        b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
        b"PK\3\4",
        b"\x7fELF",
        b"\xff\xd8",
        b"GIF",
        b"\0\0\0\x08ftyp",
    ],
)
def test_other_contents_are_no_pictures(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "0001").write_bytes(content)
    assert not is_picture(tmp_path / "0001")


def test_every_start_of_a_file_has_a_kind_or_none() -> None:
    for case in (*GOOD, *broken()):
        for length in range(START_BYTES):
            kind_of(case.content[:length])


@pytest.mark.parametrize(
    ("brands", "kind"),
    [
        ([b"heic", b"mif1"], "HEIF"),
        ([b"avif", b"mif1"], "AVIF"),
        ([b"mif1", b"avif"], "AVIF"),
        ([b"mif1", b"heic"], "HEIF"),
        ([b"msf1", b"hevc"], "HEIF"),
        ([b"heix"], "HEIF"),
        ([b"isom", b"mp41"], None),
    ],
)
def test_containers_are_told_apart_by_their_brands(brands: list[bytes], kind: str | None) -> None:
    box = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    assert kind_of((len(box) + 4).to_bytes(4, "big") + box + b"avif") == kind


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system keeps no pipes among its files")
def test_nobody_waits_on_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "self").symlink_to(tmp_path / "self")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for name in ("pipe", "folder", "self", "socket", os.devnull, "nul\0", "a" * 300):
            assert not is_picture(tmp_path / name)


def test_a_folder_takes_pictures_without_a_suffix(tmp_path: Path) -> None:
    for case in GOOD[:4]:
        (tmp_path / "fig").mkdir(exist_ok=True)
        (tmp_path / "fig" / case.name.replace(".", "-")).write_bytes(case.content)
    (tmp_path / "fig" / "LICENSE").write_text("Please read me")
    samples = read_folder(tmp_path)
    assert len(samples.pictures) == 4
    assert samples.notes[-1].endswith(": fig/LICENSE.")
