from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from taskgraft.data import Dataset
from taskgraft.recipe import Recipe
from taskgraft.training import _pixels as pixels
from taskgraft.training._batches import Batches
from taskgraft.training._pixels import images_to_whiten, pixel_statistics


@pytest.mark.parametrize("at_a_time", [1, 150, 1000, 10**9])
def test_statistics_are_the_same_in_any_number_of_chunks(
    tiny_data: Dataset, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    monkeypatch.setattr(pixels, "_PIXELS_AT_A_TIME", at_a_time)
    train_images = tiny_data.images[tiny_data.indices["train"]].astype(np.float64)
    means, stds = pixel_statistics(tiny_data)
    np.testing.assert_allclose(means, train_images.mean((0, 2, 3)))
    np.testing.assert_allclose(stds, train_images.std((0, 2, 3)))


def test_a_channel_that_never_varies_is_not_scaled(tiny_data: Dataset) -> None:
    images = np.full_like(tiny_data.images, 9)
    assert pixel_statistics(replace(tiny_data, images=images)) == ([9.0] * 3, [1.0] * 3)


def test_the_first_images_are_whitened_where_they_show_every_leaf(
    tiny_data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "_MOST_WHITENED", 20)
    expected = tiny_data.images[tiny_data.indices["train"][:20]]
    assert np.array_equal(images_to_whiten(tiny_data), expected)


def test_images_sorted_by_class_are_whitened_from_the_whole_split(
    tiny_data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "_MOST_WHITENED", 20)
    train = tiny_data.indices["train"]
    by_class = train[np.argsort(tiny_data.labels[train, 1], kind="stable")]
    ordered = replace(tiny_data, indices={**tiny_data.indices, "train": by_class})
    leaf_of = {i.tobytes(): leaf for i, leaf in zip(tiny_data.images, tiny_data.labels[:, 1], strict=True)}
    leaves = [leaf_of[image.tobytes()] for image in images_to_whiten(ordered)]
    assert np.bincount(leaves).tolist() == [5, 5, 5, 5]


def test_large_images_are_whitened_from_fewer() -> None:
    sides = {32: 1000, 64: 250, 224: 64}
    for side, expected in sides.items():
        data = Dataset.__new__(Dataset)
        object.__setattr__(data, "images", np.broadcast_to(np.uint8(0), (2000, 1, side, side)))
        object.__setattr__(data, "labels", np.zeros((2000, 1), dtype=np.int64))
        object.__setattr__(data, "indices", {"train": np.arange(2000)})
        assert images_to_whiten(data).shape == (expected, 1, side, side)


def test_a_memory_map_trains_on_the_same_batches(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    np.save(tmp_path / "images.npy", tiny_data.images)
    mapped = replace(tiny_data, images=np.load(tmp_path / "images.npy", mmap_mode="c"))
    assert isinstance(mapped.images, np.memmap)
    assert pixel_statistics(mapped) == pixel_statistics(tiny_data)
    for (images, targets, *_), (own, own_targets, *_) in zip(
        Batches(tiny_data, tiny_recipe, 0, "cpu").epoch(0),
        Batches(mapped, tiny_recipe, 0, "cpu").epoch(0),
        strict=True,
    ):
        assert torch.equal(images, own)
        assert torch.equal(targets, own_targets)
