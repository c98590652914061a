"""Groups, conflicts and leaks against a count by hand over all pairs of images."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audited_pictures import dataset
from taskgraft.audit._duplicate_groups import gather
from taskgraft.audit._near import NearPairs
from taskgraft.audit._roll import Roll
from taskgraft.data import Dataset, Provenance
from taskgraft.taxonomy import Taxonomy

NUM_IMAGES = 40


def near(links: set[tuple[int, int]], mirrored: bool = False) -> NearPairs:
    first, second = np.array(sorted(links), np.int64).reshape(-1, 2).T
    return NearPairs(
        first, second, np.ones(len(first), np.float32), np.full(len(first), mirrored), 0.9, False
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_counts_agree_with_a_look_at_every_pair(draw):
    twin = np.array(draw.draw(st.lists(st.integers(0, 11), min_size=NUM_IMAGES, max_size=NUM_IMAGES)))
    _, twin = np.unique(twin, return_inverse=True)
    num_twins = int(twin.max()) + 1
    every = list(itertools.combinations(range(num_twins), 2))
    links = draw.draw(st.sets(st.sampled_from(every), max_size=4)) if every else set()
    leaves = np.array(draw.draw(st.lists(st.integers(-1, 3), min_size=NUM_IMAGES, max_size=NUM_IMAGES)))
    leaves[:8], leaves[-4:] = np.tile(np.arange(4), 2), np.arange(4)
    roll = Roll(dataset(np.zeros((NUM_IMAGES, 1, 4, 4), np.uint8), leaves))
    shown = gather(roll, twin, near(links))

    def is_linked(i: int, j: int) -> bool:
        return twin[i] == twin[j] or (min(twin[i], twin[j]), max(twin[i], twin[j])) in links

    def leaks(split: int, sources: set[int]) -> list[int]:
        return [
            i
            for i in range(NUM_IMAGES)
            if roll.splits[i] == split
            and any(is_linked(i, j) and roll.splits[j] in sources for j in range(NUM_IMAGES) if j != i)
        ]

    assert [image.index for image in shown.test_leaks] == leaks(2, {0, 1})
    assert shown.num_test_leaks == len(leaks(2, {0, 1}))
    assert shown.num_val_leaks == len(leaks(1, {0}))
    same = [(i, j) for i, j in itertools.combinations(range(NUM_IMAGES), 2) if twin[i] == twin[j]]
    assert shown.num_exact_pairs == len(same)
    assert shown.num_near_pairs == len(links)
    alone = [i for i in range(NUM_IMAGES) if not any(is_linked(i, j) for j in range(NUM_IMAGES) if j != i)]
    assert shown.num_images == NUM_IMAGES - len(alone)
    assert sorted(image.index for group in shown.groups for image in group.images) == sorted(
        set(range(NUM_IMAGES)) - set(alone)
    )
    differing = {int(twin[i]) for i, j in same if leaves[i] != leaves[j] and min(leaves[i], leaves[j]) >= 0}
    at_leaf = [one for one in shown.conflicts if "thing" in one.levels]
    assert sum(one.num_exact_groups for one in at_leaf) == len(differing)
    named = [image.index for one in at_leaf for image in one.exact_images]
    assert sorted(named) == [i for i in range(NUM_IMAGES) if int(twin[i]) in differing]
    # A kind has two things: who disagrees about the kind disagrees about the thing.
    assert [one.levels for one in shown.conflicts if "kind" in one.levels] in ([], [("kind", "thing")])


def test_unlabelled_copies_contradict_nobody():
    leaves = np.arange(NUM_IMAGES) % 4
    leaves[1] = -1
    twin = np.arange(NUM_IMAGES)
    twin[1:] -= 1
    shown = gather(Roll(dataset(np.zeros((NUM_IMAGES, 1, 4, 4), np.uint8), leaves)), twin, near(set()))
    assert shown.conflicts == ()
    assert len(shown.groups) == 1


def test_groups_come_conflicts_first_and_name_their_kind():
    leaves = np.arange(NUM_IMAGES) % 4
    twin = np.arange(NUM_IMAGES)
    roll = Roll(dataset(np.zeros((NUM_IMAGES, 1, 4, 4), np.uint8), leaves))
    shown = gather(roll, twin, near({(0, 4), (4, 8), (1, 39), (2, 3)}, mirrored=True))
    assert [group.conflicting_levels for group in shown.groups] == [("kind", "thing"), ("thing",), ()]
    assert [group.leaks for group in shown.groups] == [True, False, False]
    assert [len(group.images) for group in shown.groups] == [2, 2, 3]
    assert {group.kind for group in shown.groups} == {"mirrored"}
    assert (shown.num_near_pairs, shown.num_mirrored_pairs) == (0, 4)
    assert [(one.levels, one.num_exact_groups, one.num_near_pairs) for one in shown.conflicts] == [
        (("kind", "thing"), 0, 1),
        (("thing",), 0, 1),
    ]


def test_memory_does_not_grow_with_images_times_classes():
    num_images, num_leaves = 40_000, 10_000
    leaf = np.arange(num_images) % num_leaves
    paths = [(str(k // 20), str(k)) for k in range(num_leaves)]
    tree = Taxonomy.from_names(["kind", "thing"], paths)
    labels = np.stack([leaf // 20, leaf], axis=1)
    provenance = Provenance("drawn", "the last fifth", is_official=True)
    images = np.zeros((num_images, 1, 1, 1), np.uint8)
    test = np.arange(num_images * 4 // 5, num_images)
    roll = Roll(Dataset.carve(images, labels, tree, test=test, provenance=provenance))
    twin = np.arange(num_images) // 2
    tracemalloc.start()
    shown = gather(roll, twin, near({(0, 1), (5, 9)}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(one.num_exact_groups for one in shown.conflicts) == num_images // 2
    # A table of pictures x classes alone would take 200 MB.
    assert peak < 120e6
