"""What a study keeps of its images: how many of each class, and copies across splits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskgraft.data import Dataset, Provenance
from taskgraft.data.sources import load
from taskgraft.study import DataFacts, keep_data_facts, read_data_facts
from taskgraft.study import _data_facts as module
from taskgraft.study._data_facts import data_facts_damage
from taskgraft.study._files import DATA
from taskgraft.taxonomy import Level, Taxonomy


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
    assert facts.test_copies is facts.num_torn is None
    assert sum(facts.class_counts["test"][0]) == 40


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 1), st.integers(-1, 3)), min_size=12, max_size=40)
)
def test_images_under_several_labels_are_counted_as_pair_by_pair(rows: list[tuple[int, int, int]]) -> None:
    pixels, *labels = np.array(rows).T
    images = np.zeros((len(rows), 1, 3, 3), np.uint8)
    # The middle row says nothing: all pixels count.
    images[:, 0, 2, 2] = pixels
    tree = Taxonomy.without_tree([Level("a", ("x", "y")), Level("b", ("p", "q", "r", "s"))])
    indices = {"train": np.arange(4, len(rows)), "val": np.arange(3), "test": np.array([3])}
    provenance = Provenance("drawn", "by place", is_official=False)
    data = Dataset(images, np.stack(labels, axis=1), tree, indices, provenance, needs=())
    torn = {
        i
        for i, one in enumerate(rows)
        if any(
            one[0] == other[0] == third[0]
            and any(-1 != a != b != -1 for a, b in zip(other[1:], third[1:], strict=True))
            for other in rows
            for third in rows
        )
    }
    assert DataFacts.of(data, "digest").num_torn == len(torn)
