"""New partitions of train and test: which images change sides, and which never do."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskgraft.data import Dataset, Provenance, Split
from taskgraft.data._copies import copies_among, copy_groups
from taskgraft.data._partitions import draw_partition
from taskgraft.taxonomy import Taxonomy

TREE = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])


def dataset(
    leaves: list[int], pictures: list[int], *, num_val: int, num_test: int, known: list[bool] | None = None
) -> Dataset:
    """Images by their picture: of one number they have the same pixels. The last ones are test."""
    count = len(leaves)
    images = np.zeros((count, 1, 4, 4), np.uint8)
    images[:, 0, 0, :2] = np.stack([np.array(pictures) // 256, np.array(pictures) % 256], axis=1)
    labels = np.stack([TREE.ancestors(0)[leaves], np.array(leaves)], axis=1)
    labels[~np.array(known if known else [True] * count), 1] = -1
    order = np.arange(count)
    indices: dict[Split, np.ndarray] = {
        "train": order[: count - num_val - num_test],
        "val": order[count - num_val - num_test : count - num_test],
        "test": order[count - num_test :],
    }
    return Dataset(images, labels, TREE, indices, Provenance("made", "as made", is_official=True))


def plain(count: int = 90) -> Dataset:
    return dataset([i % 3 for i in range(count)], list(range(count)), num_val=9, num_test=30)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), number=st.integers(0, 5))
def test_no_image_is_lost_and_no_copy_is_on_two_sides(data: st.DataObject, number: int) -> None:
    count = data.draw(st.integers(12, 60))
    leaves = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    pictures = data.draw(st.lists(st.integers(0, 30), min_size=count, max_size=count))
    known = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    num_val, num_test = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 6))
    before = dataset(leaves, pictures, num_val=num_val, num_test=num_test, known=[True, *known[1:]])
    train, test = draw_partition(number, before.labels[:, 0], before.indices, before.copy_groups)
    val = before.indices["val"]
    pool = np.union1d(before.indices["train"], before.indices["test"])
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), pool)
    seen = {pictures[i] for i in np.concatenate([train, val])}
    assert not seen & {pictures[i] for i in test}


def test_each_class_keeps_its_share_and_val_stays() -> None:
    before = plain()
    for number in range(4):
        after = before.with_partition(number)
        assert after.num_images == before.num_images
        for split in ("train", "test"):
            counts = (np.bincount(data.labels_of(split)[:, 1]).tolist() for data in (after, before))
            assert next(counts) == next(counts)
        np.testing.assert_array_equal(after.indices["val"], before.indices["val"])
        assert after.provenance.split == f"partition {number + 1} of train and test"
        assert not after.provenance.is_official


def test_partitions_differ_and_each_is_the_same_every_time() -> None:
    first, again, other = (plain().with_partition(number).indices["test"] for number in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, plain().indices["test"])


def test_every_image_is_tested_by_about_the_same_share_of_partitions() -> None:
    times = np.zeros(90)
    for number in range(200):
        times[plain().with_partition(number).indices["test"]] += 1
    of_pool = np.delete(times, plain().indices["val"]) / 200
    # 30 of 81; a share has a standard error of 0.034, and 81 of them stay within four.
    assert abs(of_pool - 30 / 81).max() < 0.14
    assert times[plain().indices["val"]].max() == 0


def test_a_class_with_as_many_copies_as_test_images_keeps_one_in_train() -> None:
    """All of leaf 2 are one picture: its images are train or test together, and train has the last group."""
    leaves = [0, 1, 2] * 10
    pictures = [i if leaf != 2 else 500 for i, leaf in enumerate(leaves)]
    for number in range(5):
        after = dataset(leaves, pictures, num_val=1, num_test=6).with_partition(number)
        assert 2 in after.labels_of("train")[:, 1]
        assert 2 not in after.labels_of("test")[:, 1]


def test_what_has_the_pixels_of_a_val_image_is_never_tested() -> None:
    before = plain()
    pixels = before.images.copy()
    val, test = before.indices["val"][0], before.indices["test"]
    pixels[test[:3]] = pixels[val]
    changed = Dataset(pixels, before.labels, TREE, before.indices, before.provenance)
    for number in range(10):
        assert not set(test[:3].tolist()) & set(changed.with_partition(number).indices["test"].tolist())


def test_class_numbers_have_no_say() -> None:
    before = plain()
    turned = before.labels.copy()
    turned[:, 1] = np.array([1, 0, 2])[turned[:, 1]]
    other = Dataset(before.images, turned, TREE, before.indices, before.provenance)
    first, second = (data.with_partition(2).indices["test"] for data in (before, other))
    np.testing.assert_array_equal(first, second)


def test_copies_are_those_of_the_same_bytes() -> None:
    images = np.random.default_rng(0).integers(0, 2, (200, 1, 2, 2), dtype=np.uint8)
    digests = [hashlib.sha256(image.tobytes()).digest() for image in images]
    expected = [digests.index(digest) for digest in digests]
    assert copy_groups([images[:70], images[70:]]).tolist() == expected
    rows = np.random.default_rng(1).permutation(200)[:150]
    shuffled = [digests[row] for row in rows]
    expected = [shuffled.index(digest) for digest in shuffled]
    assert copies_among(images, rows).tolist() == expected
    assert copies_among(images, rows[:0]).tolist() == []


@pytest.mark.parametrize("number", [0, 3])
def test_unknown_leaves_are_strata_of_their_path(number: int) -> None:
    leaves = [i % 3 for i in range(90)]
    before = dataset(leaves, list(range(90)), num_val=9, num_test=30, known=[i % 2 == 0 for i in range(90)])
    after = before.with_partition(number)
    counts = [np.unique(data.labels_of("test"), axis=0, return_counts=True) for data in (before, after)]
    np.testing.assert_array_equal(counts[0][0], counts[1][0])
    np.testing.assert_array_equal(counts[0][1], counts[1][1])
