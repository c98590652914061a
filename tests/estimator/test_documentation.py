"""The examples of the documentation run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "scikit-learn.md"


def test_the_examples_of_the_page_run() -> None:
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        exec(block, names)
    assert len(blocks) == 2
    assert set(names["search"].best_params_) == {"architecture", "epochs"}
    assert names["model"].get_params()["recipe"].batch_size == 32
