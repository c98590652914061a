from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from taskgraft.data import SPLITS, Dataset, Provenance
from taskgraft.errors import DataError, RequestError, TaskgraftError
from taskgraft.taxonomy import Taxonomy

TAXONOMY = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("y", "3"), ("x", "4")])
PROVENANCE = Provenance("tests", "drawn at random", is_official=False)
NUM_IMAGES, NUM_TEST = 120, 40


def make(**changes: Any) -> Dataset:
    """120 images, 30 of each leaf; the last 40 are test."""
    leaves = np.arange(NUM_IMAGES) % 4
    arguments: dict[str, Any] = {
        "images": np.random.default_rng(0).integers(0, 256, (NUM_IMAGES, 3, 4, 5), dtype=np.uint8),
        "labels": np.stack([TAXONOMY.ancestors(0)[leaves], leaves], axis=1),
        "taxonomy": TAXONOMY,
        "test": np.arange(NUM_IMAGES - NUM_TEST, NUM_IMAGES),
        "provenance": PROVENANCE,
    }
    return Dataset.carve(**(arguments | changes))


def test_the_three_splits_cover_the_images_once() -> None:
    data = make(val=0.2)
    assert data.num_images == {"train": 64, "val": 16, "test": 40}
    assert np.array_equal(np.sort(np.concatenate([data.indices[s] for s in SPLITS])), np.arange(NUM_IMAGES))
    assert data.indices["test"].tolist() == list(range(80, 120))
    assert np.bincount(data.labels_of("val")[:, 1]).tolist() == [4, 4, 4, 4]


def test_labels_of_a_split_are_those_of_its_images() -> None:
    data = make()
    assert np.array_equal(data.labels_of("val"), data.labels[data.indices["val"]])
    assert data.image_shape == (3, 4, 5)


def test_the_same_call_gives_the_same_digest() -> None:
    assert make().digest() == make().digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"val": 0.3},
        {"limit": 20},
        {"images": np.zeros((NUM_IMAGES, 3, 4, 5), dtype=np.uint8)},
        {"taxonomy": Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("y", "3"), ("x", "other")])},
    ],
)
def test_anything_that_a_study_sees_is_in_the_digest(changes: dict[str, Any]) -> None:
    assert make(**changes).digest() != make().digest()


def test_images_are_held_and_never_copied() -> None:
    images = np.zeros((NUM_IMAGES, 3, 4, 5), dtype=np.uint8)
    assert make(images=images, limit=20).images is images


def test_renumbering_classes_leaves_the_splits_alone() -> None:
    before, order = make(limit=20), np.array([2, 0, 3, 1])
    after = make(labels=np.stack([before.labels[:, 0], order[before.labels[:, 1]]], axis=1), limit=20)
    assert all(np.array_equal(before.indices[s], after.indices[s]) for s in SPLITS)


def test_a_limit_is_even_over_the_leaves() -> None:
    data = make(limit=20, val=0.2)
    assert data.num_images == {"train": 16, "val": 4, "test": 20}
    assert np.bincount(data.labels_of("test")[:, 1]).tolist() == [5, 5, 5, 5]


def test_another_share_can_be_held_out_later() -> None:
    assert make(val=0.1).with_val_fraction(0.3).digest() == make(val=0.3).digest()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"val": 0.0}, RequestError, "between 0 and 1, exclusive, but got 0.0"),
        ({"val": 1.0}, RequestError, "between 0 and 1, exclusive, but got 1.0"),
        ({"val": float("nan")}, RequestError, "the validation fraction to be between 0 and 1"),
        ({"val": 0.001}, RequestError, "the val split of tests to be one image or more, but got 0."),
        ({"test": np.arange(NUM_IMAGES)}, RequestError, "the train split of tests to be one image or more"),
        ({"test": np.arange(0)}, RequestError, "the test split of tests to be one image or more, but got 0."),
        ({"limit": 1}, RequestError, "at least 2, the images of one leaf class, but got 1. Leave it out for"),
        ({"limit": 0}, RequestError, "Expected limit to be at least 2"),
        ({"limit": -1}, RequestError, "Expected limit to be at least 2"),
        ({"limit": 2}, RequestError, "the val split of tests to be one image or more, but got 0."),
        ({"images": np.zeros((NUM_IMAGES, 4, 5), np.uint8)}, DataError, "images to be uint8 of shape (N, C"),
        ({"images": np.zeros((NUM_IMAGES, 3, 4, 5))}, DataError, "but got 'float64 of shape (120, 3, 4, 5)'"),
        ({"labels": np.zeros((NUM_IMAGES, 1), np.int64)}, DataError, "labels to be int64 of shape (120, 2)"),
        ({"labels": np.zeros((NUM_IMAGES, 2), np.int32)}, DataError, "but got 'int32 of shape (120, 2)'"),
        ({"labels": np.full((NUM_IMAGES, 2), 2)}, DataError, "or -1 for unknown, but got '2 to 2'"),
        ({"labels": np.full((NUM_IMAGES, 2), -1)}, DataError, "split of tests to be labelled at some level"),
        ({"labels": np.full((NUM_IMAGES, 2), -2)}, DataError, "labels of level 'a' to be from 0 to 1"),
    ],
)
def test_what_cannot_be_carved_is_refused(
    changes: dict[str, Any], error: type[TaskgraftError], message: str
) -> None:
    with pytest.raises(error) as caught:
        make(**changes)
    assert message in str(caught.value)


def test_a_held_out_share_is_checked_later_too() -> None:
    with pytest.raises(RequestError, match="the validation fraction"):
        make().with_val_fraction(1.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test": [0, 200]}, "the train and test splits of colours to be without a shared image, but got 1"),
        ({"val": [200, 200]}, "the val split of colours to be made of different images"),
        ({"test": [260]}, "the test split of colours to be made of integers from 0 to 259, but got 260"),
        ({"test": [-1]}, "from 0 to 259, but got -1"),
    ],
)
def test_every_dataset_checks_its_splits(
    tiny_data: Dataset, change: dict[str, list[int]], message: str
) -> None:
    splits = {
        "train": list(range(160)),
        "val": list(range(160, 200)),
        "test": list(range(200, 260)),
        **change,
    }
    indices = {split: np.array(each) for split, each in splits.items()}
    with pytest.raises(DataError) as caught:
        replace(tiny_data, indices=indices)
    assert message in str(caught.value)


def test_the_digest_is_of_what_is_used(tiny_data: Dataset) -> None:
    used = np.sort(np.concatenate([tiny_data.indices[split][:20] for split in SPLITS]))
    some = replace(tiny_data, indices={split: tiny_data.indices[split][:20] for split in SPLITS})
    alone = Dataset(
        tiny_data.images[used],
        tiny_data.labels[used],
        tiny_data.taxonomy,
        {split: np.searchsorted(used, some.indices[split]) for split in SPLITS},
        tiny_data.provenance,
    )
    assert some.digest() == alone.digest() != tiny_data.digest()


@pytest.mark.parametrize("num_images", [1, 7, 40, 1000])
def test_batches_are_a_split_in_order(tiny_data: Dataset, num_images: int) -> None:
    batches = list(tiny_data.batches("val", num_images))
    np.testing.assert_array_equal(np.concatenate(batches), tiny_data.images[tiny_data.indices["val"]])
    assert all(len(batch) == num_images for batch in batches[:-1])


def test_an_empty_split_is_one_empty_batch(tiny_data: Dataset) -> None:
    indices = {**tiny_data.indices, "val": np.empty(0, dtype=np.int64)}
    data = replace(tiny_data, indices=indices, needs=("train",))
    assert [batch.shape for batch in data.batches("val", 5)] == [(0, 3, 12, 12)]


@pytest.mark.parametrize(("fit", "resampling"), [("crop", "bicubic"), ("pad", "bicubic")])
def test_how_pictures_were_resized_is_what_the_source_did(fit: str, resampling: str) -> None:
    provenance = Provenance("pictures", "split as given", False, options={"size": "32x32", "fit": fit})
    assert (provenance.fit, provenance.resampling) == (fit, resampling)


@pytest.mark.parametrize("options", [{}, {"fit": "stretched"}, {"size": "32x32"}])
def test_how_pixels_were_made_is_unknown(options: dict[str, Any]) -> None:
    provenance = Provenance("arrays", "split as given", False, options=options)
    assert (provenance.fit, provenance.resampling) == (None, None)
