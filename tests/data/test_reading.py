from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from taskgraft.data.files import reading
from taskgraft.errors import DataError


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (PermissionError(13, "Permission denied", "/data/train.bin"), "'Permission denied: /data/train.bin'"),
        (OSError("not a gzip file"), "'not a gzip file'"),
        (EOFError("it ends early"), "'it ends early'"),
        (EOFError(), "'EOFError'"),
        (tarfile.ReadError("cannot be opened:\n- method gz\n- method xz"), "'cannot be opened:'"),
    ],
)
def test_every_refusal_becomes_one_line(error: Exception, shown: str) -> None:
    with pytest.raises(DataError) as caught, reading(Path("/data")):
        raise error
    assert str(caught.value).startswith(f"Expected /data to be readable and whole, but got {shown}. ")
    assert "\n" not in str(caught.value)


def test_other_errors_pass_through() -> None:
    with pytest.raises(KeyError), reading(Path("/data")):
        raise KeyError("a mistake of ours")
