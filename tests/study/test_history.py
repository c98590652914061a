"""A history is read however many epochs and levels it has, and no further."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskgraft.history import Epoch
from taskgraft.study import DamagedFileError, read_history
from taskgraft.study import _run_files as run_files

LEVELS = [f"a level with a long name, {number}" for number in range(40)]
NUMBER = -1.2345678901234567e-308


def rows(count: int) -> str:
    values = dict.fromkeys(LEVELS, NUMBER)
    row = Epoch(
        epoch=NUMBER,
        step=10**15,
        seconds=NUMBER,
        learning_rate=NUMBER,
        train_loss=NUMBER,
        train_losses=values,
        val_losses=values,
        val_accuracies=values,
        level_weights=values,
        gradient_ratio=NUMBER,
    )
    return f"{row.model_dump_json()}\n" * count


def test_the_longest_history_that_a_recipe_can_make_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "MOST_EPOCHS", 5)
    (tmp_path / "history.jsonl").write_text(rows(5))
    assert len(read_history(tmp_path, LEVELS)) == 5
    (tmp_path / "history.jsonl").write_text(rows(6))
    with pytest.raises(DamagedFileError):
        read_history(tmp_path, LEVELS)
