"""A study that nothing is wrong with, and a copy that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_study import small_study


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished small study; no test changes it."""
    return small_study(tmp_path_factory.mktemp("sound") / "study").directory


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(sound, tmp_path / "study"))
