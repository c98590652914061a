"""What the tests of the report share: a study with its verdict, told with defaults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_study import Told, told


@pytest.fixture
def tell(tmp_path: Path) -> Callable[..., Told]:
    """Writes a study directory and makes a verdict of it; every argument has a default."""
    return lambda **asked: told(tmp_path / "study", **asked)
