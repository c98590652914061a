"""The made tree is one of seven levels, of which every choice shows, in classes of very unequal size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import large_tree
from benchmarks.large_tree import LEVELS, leaf_paths, write
from taskgraft.data.sources import load


@pytest.mark.parametrize("num_leaves", [100, 1_000, 10_000])
def test_every_class_has_children_and_one_parent(num_leaves):
    paths = leaf_paths(num_leaves)
    assert paths[:, -1].tolist() == [*range(num_leaves)]
    for upper, lower in zip(paths.T, paths.T[1:], strict=False):
        assert np.unique(upper).tolist() == [*range(upper.max() + 1)]
        assert len(np.unique(np.stack([upper, lower]), axis=1).T) == lower.max() + 1


def test_leaves_have_from_3_to_300_images_and_as_many_in_all_as_asked_for():
    sizes = large_tree._sizes(10_000, 300_000)
    assert (sizes.min(), sizes.max()) == (3, 300)
    assert sizes.sum() == pytest.approx(300_000, rel=0.01)
    assert np.median(sizes) < 20


def test_two_leaves_of_a_tree_of_10_000_never_look_the_same():
    digits = large_tree._digits(leaf_paths(10_000))
    assert len(np.unique(digits, axis=0)) == 10_000
    assert digits.max() == 3
    quiet = np.random.default_rng(0)
    shown = large_tree._draw(quiet, digits[:400]).astype(float).mean(axis=3).reshape(400, -1)
    apart = np.abs(shown[:, None, ::7] - shown[None, :, ::7]).mean(axis=2)
    assert apart[~np.eye(400, dtype=bool)].min() > 3


def test_the_file_is_read_as_a_tree_of_seven_levels(tmp_path: Path):
    data = tmp_path / "large.parquet"
    write(data, tmp_path / "pictures", num_leaves=60, num_images=900, seed=0)
    loaded = load(data, label_columns=LEVELS)
    assert loaded.taxonomy.level_names == LEVELS
    assert loaded.taxonomy.is_tree
    assert loaded.taxonomy.num_classes[-1] == 60
    assert loaded.image_shape == (3, 32, 32)
    assert len(loaded.images) == large_tree._sizes(60, 900).sum()
    assert [*tmp_path.glob("*.part")] == []
