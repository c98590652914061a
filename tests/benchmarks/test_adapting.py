"""The measurement of going on from a trained model: what is taken away, and what is reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.adapting import Way, ways, without_some
from taskgraft.data import Dataset


def test_every_second_class_is_missing_and_splits_stay(tiny_data: Dataset) -> None:
    older = without_some(tiny_data, every=2)
    finest = tiny_data.taxonomy.levels[-1]
    assert older.taxonomy.levels[-1].classes == tuple(sorted(finest.classes[1::2]))
    for split in ("train", "val", "test"):
        labels = tiny_data.labels_of(split)
        stays = np.flatnonzero(labels[:, -1] % 2 != 0)
        assert older.num_images[split] == len(stays)
        names = [finest.classes[label] for label in labels[stays, -1]]
        assert [older.taxonomy.levels[-1].classes[label] for label in older.labels_of(split)[:, -1]] == names


def test_each_way_has_its_cost_and_its_accuracies(tiny_data: Dataset, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("benchmarks.adapting.RECIPE", "quick")
    monkeypatch.setattr("benchmarks.adapting.EVERY", 2)
    made: list[Way] = list(ways(tiny_data, tmp_path, full=4, part=1, seeds=2))
    assert [way.name for way in made] == ["adapted", "from scratch, equal cost", "from scratch, full cost"]
    assert made[0].pflop == made[1].pflop < made[2].pflop
    figures = made[0].figures()
    assert set(figures) == {"pflop", "newer", "difference", "on_new"}
    for intervals in (figures["newer"], figures["difference"], figures["on_new"]):
        assert set(intervals) == {*tiny_data.taxonomy.level_names, "full-path"}
        assert all(low <= estimate <= high for estimate, low, high in intervals.values())
