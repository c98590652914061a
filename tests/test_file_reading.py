import errno
import os
import resource
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from taskgraft.errors import UnreadableError
from taskgraft.file_reading import NoFileError, is_file, opened, opened_tensors

TRANSIENT = (
    "EACCES",
    "EPERM",
    "EIO",
    "EMFILE",
    "ENFILE",
    "ESTALE",
    "ENOMEM",
    "ETIMEDOUT",
    "EHOSTDOWN",
    "EINTR",
)


@pytest.mark.parametrize("name", TRANSIENT)
def test_whatever_the_system_says_is_named_and_is_no_absence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"whole")
    number = getattr(errno, name)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableError) as caught, opened(tmp_path / "a"):
        pass
    assert str(tmp_path / "a") in str(caught.value)
    assert f"({name})" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_error_in_the_middle_of_reading_is_sorted_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"whole")
    with pytest.raises(UnreadableError, match=r"\(EIO\)"), opened(tmp_path / "a"):
        raise OSError(errno.EIO, "Input/output error")


def test_absence_is_absence(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    for path in (tmp_path / "none", tmp_path / "a" / "below a file", tmp_path / ("a" * 300)):
        assert not is_file(path)
        with pytest.raises(FileNotFoundError), opened(path):
            pass


def test_something_else_than_a_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    for name in ("", "pipe", "circle"):
        with pytest.raises(NoFileError), opened(tmp_path / name):
            pass


def test_tensors_without_room_for_another_open_file_are_not_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"a": np.zeros(3)}, path)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(UnreadableError, match=r"a\.safetensors .*\(EMFILE\)"), opened_tensors(path, "pt"):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with opened_tensors(path, "pt") as file:
        assert list(file.keys()) == ["a"]
