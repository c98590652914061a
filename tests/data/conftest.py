"""What several tests of data share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stored_pictures import pixels, png
from taskgraft.data.files import _file_stamp as file_stamp

if TYPE_CHECKING:
    from five_sources import Pictures


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Six picture files in a folder."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.png").write_bytes(png(pixels(number)))
    return sorted(folder.iterdir())


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of this moment are trusted as if they were old."""
    monkeypatch.setattr(file_stamp, "SETTLED_SECONDS", -60.0)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pictures]:
    """Pictures for tables of every source, with caches of their test module."""
    # It brings pandas and datasets, which most tests do not need.
    from five_sources import Pictures

    folder = tmp_path_factory.mktemp("door")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASKGRAFT_CACHE", str(folder / "cache"))
        patch.setenv("HF_DATASETS_CACHE", str(folder / "hub"))
        yield Pictures(folder / "pictures")
