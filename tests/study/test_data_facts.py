"""What a study keeps of its images: how many of each class, and copies across splits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from taskgraft.data.sources import load
from taskgraft.study import DataFacts, keep_data_facts, read_data_facts
from taskgraft.study import _data_facts as module
from taskgraft.study._data_facts import data_facts_damage
from taskgraft.study._files import DATA


def test_copies_are_test_images_with_the_pixels_of_another_split(tmp_path: Path) -> None:
    data = load("shapes", num_train=200, num_test=40)
    images = data.images.copy()
    test, train, val = (data.indices[split] for split in ("test", "train", "val"))
    images[test[3]], images[test[7]] = images[train[0]], images[val[1]]
    # Nearly the same is another matter: `data check` has it.
    images[test[9]] = images[train[2]]
    images[test[9], 0, 0, 0] ^= 1
    copied = replace(data, images=images, image_digest=None)
    keep_data_facts(tmp_path, copied, "digest")
    facts = read_data_facts(tmp_path, "digest")
    assert facts is not None
    assert facts.test_copies == {"train": (3,), "val": (7,)}
    for split in ("train", "val", "test"):
        expected = [np.bincount(column, minlength=4).tolist()[:4] for column in data.labels_of(split).T[:1]]
        assert [list(of) for of in facts.class_counts[split]][:1] == expected


def test_facts_are_kept_once_and_are_of_one_dataset(tmp_path: Path) -> None:
    data = load("shapes", num_train=200, num_test=40)
    keep_data_facts(tmp_path, data, "digest")
    content = (tmp_path / DATA).read_bytes()
    keep_data_facts(tmp_path, data, "digest")
    assert (tmp_path / DATA).read_bytes() == content
    assert read_data_facts(tmp_path, "other") is None
    (tmp_path / DATA).write_bytes(content[:-20])
    assert read_data_facts(tmp_path, "digest") is None
    assert (data_facts_damage(tmp_path) or "").startswith("data.json is ")
    keep_data_facts(tmp_path, data, "digest")
    assert data_facts_damage(tmp_path) is None
    assert (tmp_path / DATA).read_bytes() == content


def test_of_very_many_bytes_copies_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 1000)
    facts = DataFacts.of(load("shapes", num_train=200, num_test=40), "digest")
    assert facts.test_copies is None
    assert sum(facts.class_counts["test"][0]) == 40
