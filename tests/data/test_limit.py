"""A limit below two images a class leaves whole classes without images, in every split alike."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from taskgraft.data import SPLITS, Dataset, Provenance
from taskgraft.data.sources import load
from taskgraft.taxonomy import Level, Taxonomy

NUM_LEAVES = 40


def carve(leaves: np.ndarray, test: np.ndarray, limit: int | None, val: np.ndarray | float = 0.2) -> Dataset:
    tree = Taxonomy(
        (Level("kind", tuple("abcdefgh")), Level("leaf", tuple(map(str, range(NUM_LEAVES))))),
        (tuple(k // 5 for k in range(NUM_LEAVES)),),
    )
    labels = np.stack([leaves // 5, leaves], axis=1)
    images = np.zeros((len(leaves), 1, 1, 1), np.uint8)
    provenance = Provenance("tests", "as given", is_official=True)
    return Dataset.carve(images, labels, tree, test=test, provenance=provenance, limit=limit, val=val)


def uneven(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Leaves of images, some classes with one image or none, and the test images."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 30, NUM_LEAVES)
    sizes[:4] = 12
    leaves = rng.permutation(np.repeat(np.arange(NUM_LEAVES), sizes))
    return leaves, np.sort(rng.permutation(len(leaves))[: len(leaves) // 4])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(8, 2 * NUM_LEAVES - 1))
def test_what_stays_can_be_learned_and_judged(seed, limit):
    leaves, test = uneven(seed)
    data = carve(leaves, test, limit)
    train, val, tested = (leaves[data.indices[split]] for split in SPLITS)
    kept = np.unique(np.concatenate([train, val]))
    assert len(kept) <= limit // 2
    assert len(train) + len(val) <= limit
    assert len(tested) <= limit
    assert np.bincount(np.concatenate([train, val]), minlength=NUM_LEAVES)[kept].min() >= 2
    assert set(tested.tolist()) <= set(train.tolist())
    assert set(kept.tolist()) <= set(train.tolist())
    assert data.taxonomy.num_classes[-1] == NUM_LEAVES
    (note,) = data.provenance.notes
    assert (
        note == f"Fewer than two images a class: {len(kept)} of 40 leaf classes have images, the others none."
    )


def test_from_two_images_a_class_on_no_class_is_left_out():
    leaves = np.arange(1200) % NUM_LEAVES
    data = carve(leaves, np.arange(800, 1200), 2 * NUM_LEAVES)
    assert data.provenance.notes == ()
    assert set(leaves[data.indices["test"]].tolist()) == set(range(NUM_LEAVES))


def test_numbers_of_classes_do_not_decide_which_stay():
    leaves, test = uneven(7)
    order = np.random.default_rng(1).permutation(NUM_LEAVES)
    before, after = carve(leaves, test, 30), carve(order[leaves], test, 30)
    assert all(np.array_equal(before.indices[split], after.indices[split]) for split in SPLITS)


def test_large_classes_are_not_preferred():
    leaves = np.concatenate([np.repeat(np.arange(20), 90), np.repeat(np.arange(20, 40), 10)])
    counts = np.zeros(2)
    for seed in range(40):
        shuffled = np.random.default_rng(seed).permutation(leaves)
        data = carve(shuffled, np.arange(len(leaves) // 2), 12)
        kept = np.unique(shuffled[data.indices["train"]])
        counts += (kept < 20).sum(), (kept >= 20).sum()
    assert 0.6 < counts[1] / counts[0] < 1.4


def test_images_of_val_that_the_source_has_are_of_the_same_classes():
    leaves = np.arange(1200) % NUM_LEAVES
    data = carve(leaves, np.arange(800, 1200), 20, val=np.arange(600, 800))
    train, val, test = ({*leaves[data.indices[split]].tolist()} for split in SPLITS)
    assert train == val == test
    assert len(train) == 10


def test_sources_take_any_limit():
    data = load("shapes", num_train=320, num_test=160, val_fraction=0.2, limit=20)
    assert data.num_images == {"train": 16, "val": 4, "test": 20}
    assert "Fewer than two images a class: 10 of 16" in data.provenance.notes[-1]
