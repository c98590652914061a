"""What `docs/extension.md` adds, for tests that use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from taskgraft.data.sources import READERS, SOURCES
from taskgraft.execution.loggers import LOGGERS
from taskgraft.network import MIXERS, TRUNK_FAMILIES
from taskgraft.recipe import BALANCING_SPECS, TRUNK_SPECS
from taskgraft.registry import Registry, extending_modules
from taskgraft.scores import SCORES
from taskgraft.training.balancers import BALANCERS

PAGE = Path(__file__).parents[1] / "docs" / "extension.md"
REGISTRIES: tuple[Registry[Any], ...] = (
    TRUNK_SPECS,
    TRUNK_FAMILIES,
    MIXERS,
    BALANCERS,
    BALANCING_SPECS,
    LOGGERS,
    SOURCES,
    READERS,
    SCORES,
)


def blocks() -> list[str]:
    """The examples of the page."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@contextmanager
def page_run(folder: Path, containing: str = "") -> Iterator[SimpleNamespace]:
    """Runs the examples one after another; what they leave behind. What they register goes afterwards.

    Args:
        folder: Where they write.
        containing: A pattern: examples without it are left out.
    """
    names: dict[str, Any] = {"__name__": "extension"}
    with pytest.MonkeyPatch.context() as patch:
        for registry in REGISTRIES:
            patch.setattr(registry, "_entries", dict(registry._entries))
        patch.chdir(folder)
        for block in blocks():
            if re.search(containing, block):
                exec(compile(block, PAGE.name, "exec", dont_inherit=True), names)
        yield SimpleNamespace(**names)
    # Later tests of the process start workers, which could not import it.
    assert "extension" not in extending_modules()
