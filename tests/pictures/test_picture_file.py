from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from drawn_pictures import COLOURS, drawn, saved
from taskgraft.pictures import BadImage, decode, open_picture
from taskgraft.pictures import _picture_file as picture_file
from taskgraft.pictures._picture_file import Refusal


@pytest.fixture
def png(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(saved(drawn("RGB", COLOURS), "PNG"))
    return path


def reason(path: Path) -> str:
    bad = decode(path, "it")
    assert isinstance(bad, BadImage)
    return bad.reason


def test_a_link_to_a_picture_is_the_picture(png: Path, tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(png)
    assert not isinstance(decode(tmp_path / "link.png", ""), BadImage)


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing")
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    assert reason(tmp_path / "gone.png") == "no such file, or a link to a missing one"
    assert reason(tmp_path / "missing.png") == "no such file, or a link to a missing one"
    assert reason(tmp_path / "a.png") == "a link that leads back to itself"
    assert reason(tmp_path / "self.png") == "a link that leads back to itself"


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    assert reason(tmp_path / "folder.png") == "a folder, not a file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system keeps no pipes among its files")
def test_nobody_waits_on_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert reason(tmp_path / "pipe.png") == "a pipe or a device, not a file"


def test_a_device_and_a_socket_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(Path(os.devnull)) == "a pipe or a device, not a file"
    monkeypatch.chdir(tmp_path)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.png")
        assert reason(Path("socket.png")).startswith("not readable: ")


def test_permissions_are_named(png: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so that the system's refusal is played where the tests run as root."""
    png.chmod(0)
    if os.access(png, os.R_OK):

        def refuse(path: object, flags: int) -> int:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(picture_file.os, "open", refuse)
    assert reason(png) == "no permission to read it"


@pytest.mark.parametrize("name", ["a" * 300 + ".png", "nul\0.png"])
def test_impossible_names_are_one_line(tmp_path: Path, name: str) -> None:
    assert reason(tmp_path / name).isprintable()


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.png"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert reason(path) == "1048576 MB, where at most 512 are read"


def test_a_refused_file_is_closed(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else None
    for _ in range(5):
        with pytest.raises(Refusal, match="an empty file"):
            open_picture(tmp_path / "empty.png")
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) == before


def test_a_name_never_breaks_the_line() -> None:
    assert BadImage("a\nb", "an empty file").line == "'a\\nb': an empty file"
    assert BadImage("with 'quote'.png", "an empty file").line == "with 'quote'.png: an empty file"
    assert BadImage("not-utf8-\udcff", "an empty file").line.encode()


def test_a_name_that_is_a_whole_picture_is_cut_in_the_line() -> None:
    line = BadImage("iVBORw0KGgo/" * 300 + "end.png", "no such file").line
    assert len(line) < 300
    assert line.startswith("iVBORw0KGgo/iVBOR")
    assert line.endswith("end.png: no such file")
