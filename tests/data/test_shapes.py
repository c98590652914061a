"""Shapes: the same bytes for a seed, labels as related as asked, and cues that keep to themselves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import chi2_contingency, chisquare
from sklearn.linear_model import RidgeClassifier

from taskgraft.data.sources import _shapes as shapes
from taskgraft.data.sources import _shapes_drawing as shapes_drawing
from taskgraft.data.sources import _shapes_outlines as shapes_outlines
from taskgraft.errors import RequestError

_TREE = {1: (16,), 2: (4, 16), 3: (4, 16, 32)}


@pytest.fixture(scope="module")
def nested():
    return shapes.load(num_levels=3, num_train=3000, num_test=1000)


@pytest.fixture(scope="module")
def independent():
    return shapes.load(num_levels=3, relatedness=0.0, num_train=3000, num_test=1000)


def _parents(data, level: int) -> np.ndarray:
    """The tree's parent of every label of `level`, to compare with the labels of the level above."""
    return data.taxonomy.parents_of(level)[data.labels[:, level]]


# Reproducibility


def test_the_same_arguments_give_the_same_bytes() -> None:
    first, second = (shapes.load(num_train=320, num_test=50, num_levels=3, relatedness=0.3) for _ in range(2))
    assert first.digest() == second.digest()


def test_another_seed_gives_other_pictures_and_labels() -> None:
    first, second = (shapes.load(num_train=300, num_test=50, seed=seed) for seed in (0, 1))
    same = (first.images == second.images).mean()
    assert same < 0.05
    assert (first.labels != second.labels).any()


def test_train_and_test_share_no_picture() -> None:
    data = shapes.load(num_train=300, num_test=300)
    assert len(np.unique(data.images.reshape(600, -1), axis=0)) == 600


def test_a_larger_dataset_begins_with_a_smaller_one() -> None:
    small = shapes.load(num_train=200, num_test=100)
    large = shapes.load(num_train=700, num_test=400)
    np.testing.assert_array_equal(small.images[:200], large.images[:200])
    np.testing.assert_array_equal(small.images[200:], large.images[700:800])
    np.testing.assert_array_equal(small.labels[200:], large.labels[700:800])


def test_the_dial_leaves_leaves_and_scenes_alone() -> None:
    nested = shapes.load(num_train=300, num_test=50, relatedness=1.0)
    loose = shapes.load(num_train=300, num_test=50, relatedness=0.0)
    np.testing.assert_array_equal(nested.labels[:, -1], loose.labels[:, -1])
    is_same = (nested.labels == loose.labels).all(axis=1)
    np.testing.assert_array_equal(nested.images[is_same], loose.images[is_same])


# What is loaded


@pytest.mark.parametrize("num_levels", [1, 2, 3])
def test_sizes_and_levels(num_levels) -> None:
    data = shapes.load(num_train=400, num_test=100, num_levels=num_levels)
    assert data.images.shape == (500, 3, 32, 32)
    assert data.taxonomy.num_classes == _TREE[num_levels]
    assert data.num_images["train"] + data.num_images["val"] == 400
    assert data.num_images["test"] == 100


def test_four_shapes_make_a_family_and_two_variants_a_shape(nested) -> None:
    for level, num_children in ((1, 4), (2, 2)):
        assert set(np.bincount(nested.taxonomy.parents_of(level))) == {num_children}


def test_limit_and_val_fraction_are_obeyed() -> None:
    data = shapes.load(num_train=400, num_test=200, limit=160, val_fraction=0.2)
    assert data.num_images == {"train": 128, "val": 32, "test": 160}


def test_provenance_repeats_the_request() -> None:
    outcome = shapes.load(num_train=320, num_test=100, num_levels=3, relatedness=0.5, seed=7).provenance
    assert (outcome.source, outcome.split, outcome.is_official) == ("shapes", "drawn from seed 7", True)
    assert outcome.options == {
        "relatedness": 0.5,
        "num_levels": 3,
        "seed": 7,
        "num_train": 320,
        "num_test": 100,
    }


# Labels


@pytest.mark.parametrize("relatedness", [0.0, 0.5, 1.0])
def test_every_class_is_as_frequent_as_the_others(relatedness) -> None:
    data = shapes.load(num_levels=3, relatedness=relatedness, num_train=3200, num_test=320)
    for column, num_classes in zip(data.labels.T, data.taxonomy.num_classes, strict=True):
        assert chisquare(np.bincount(column, minlength=num_classes)).pvalue > 0.001
    assert np.ptp(np.bincount(data.labels[:3200, -1])) == 0  # leaves exactly so


def test_related_labels_follow_the_tree_without_exception(nested) -> None:
    for level in (1, 2):
        np.testing.assert_array_equal(nested.labels[:, level - 1], _parents(nested, level))


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (0, 2)])
def test_unrelated_labels_are_independent(independent, one, other) -> None:
    sizes = independent.taxonomy.num_classes
    table = np.zeros((sizes[one], sizes[other]))
    np.add.at(table, (independent.labels[:, one], independent.labels[:, other]), 1)
    assert chi2_contingency(table).pvalue > 0.001


@pytest.mark.parametrize("relatedness", [0.25, 0.6, 0.9])
def test_the_dial_is_a_probability(relatedness) -> None:
    data = shapes.load(num_levels=3, relatedness=relatedness, num_train=4000, num_test=32)
    for level in (1, 2):
        expected = relatedness + (1 - relatedness) / data.taxonomy.num_classes[level - 1]
        frequency = (data.labels[:, level - 1] == _parents(data, level)).mean()
        # Four standard errors of a proportion.
        assert abs(frequency - expected) < 4 * np.sqrt(expected * (1 - expected) / 4032)


def test_a_true_family_says_nothing_about_an_unrelated_shape(nested, independent) -> None:
    """The best guess of the shape from the family, learned on train and scored on test."""

    def accuracy_of_guess(data) -> float:
        table = np.zeros((4, 16))
        np.add.at(table, tuple(data.labels_of("train")[:, :2].T), 1)
        family, shape = data.labels_of("test")[:, :2].T
        return float((table.argmax(axis=1)[family] == shape).mean())

    assert abs(accuracy_of_guess(independent) - 1 / 16) < 4 * np.sqrt(1 / 16 * 15 / 16 / 1000)
    assert abs(accuracy_of_guess(nested) - 1 / 4) < 4 * np.sqrt(1 / 4 * 3 / 4 / 1000)


# Cues


def _draw_two(first: tuple[int, int, int], second: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The same 64 scenes with two choices of (family, shape, variant)."""
    pictures = [
        shapes_drawing.draw(*(np.full(64, k) for k in classes), np.random.default_rng(5))
        for classes in (first, second)
    ]
    return pictures[0], pictures[1]


@pytest.mark.parametrize(
    ("first", "second", "most"),
    [((0, 3, 5), (2, 3, 5), 0.15), ((1, 3, 5), (1, 8, 5), 0.35), ((1, 3, 5), (1, 3, 20), 0.15)],
    ids=["family", "shape", "variant"],
)
def test_a_cue_changes_its_own_part_of_the_scene_only(first, second, most) -> None:
    before, after = _draw_two(first, second)
    changed = (before != after).any(axis=1)
    assert 0 < changed.mean() < most
    assert changed.any(axis=(1, 2)).mean() > 0.9


def test_a_surface_stays_within_the_outline() -> None:
    """A circle with another surface differs over the area of the largest circle at most."""
    plain, striped = _draw_two((0, 0, 0), (1, 0, 0))
    changed = (plain != striped).any(axis=1).sum(axis=(1, 2))
    # The largest has a radius of 7.8 pixels, and an antialiased rim.
    assert changed.max() < np.pi * 8.4**2


def test_all_outlines_enclose_the_same_area_around_their_centre() -> None:
    axis = np.linspace(-2.2, 2.2, 441, dtype=np.float32)
    x, y = (np.broadcast_to(grid, (16, 441, 441)) for grid in np.meshgrid(axis, axis))
    inside = shapes_outlines.sample(np.arange(16), x, y) < 0
    np.testing.assert_allclose(inside.mean(axis=(1, 2)) * 4.41**2, np.pi, rtol=0.03)
    for grid in (x, y):
        np.testing.assert_allclose((grid * inside).sum(axis=(1, 2)) / inside.sum(axis=(1, 2)), 0, atol=0.03)


def test_colours_carry_no_label(independent) -> None:
    """A linear probe of each picture's mean colour and contrast stays at chance for shape and family."""
    pixels = independent.images.reshape(len(independent.images), 3, -1) / 255
    features = pixels.mean(axis=2)
    train, test = (independent.indices[split] for split in ("train", "test"))
    for level in (0, 1):
        probe = RidgeClassifier().fit(features[train], independent.labels[train, level])
        chance = 1 / independent.taxonomy.num_classes[level]
        score = probe.score(features[test], independent.labels[test, level])
        assert abs(score - chance) < 5 * np.sqrt(chance * (1 - chance) / len(test))


def test_every_cue_can_be_learned(independent) -> None:
    """A linear probe on random filters beats chance at each level, with nothing to gain from the others."""
    torch.manual_seed(0)
    images = torch.from_numpy(independent.images).float() / 255
    filters = torch.randn(192, 3, 7, 7)
    filters -= filters.mean(dim=(1, 2, 3), keepdim=True)
    responses = [torch.nn.functional.conv2d(batch, filters, stride=2).abs() for batch in images.split(200)]
    features = torch.cat([torch.cat([r.amax((2, 3)), r.mean((2, 3)), r.std((2, 3))], 1) for r in responses])
    features = ((features - features.mean(0)) / features.std(0)).numpy()
    train, test = (independent.indices[split] for split in ("train", "test"))
    for level, num_classes in enumerate(independent.taxonomy.num_classes):
        probe = RidgeClassifier(alpha=300).fit(features[train], independent.labels[train, level])
        score = probe.score(features[test], independent.labels[test, level])
        chance = 1 / num_classes
        assert score > chance + 3 * np.sqrt(chance * (1 - chance) / len(test))


# Bad input


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"relatedness": -0.1}, "relatedness to be from 0 to 1, but got -0.1. Try 1."),
        ({"relatedness": 1.5}, "relatedness to be from 0 to 1, but got 1.5. Try 1."),
        ({"relatedness": float("nan")}, "relatedness to be from 0 to 1, but got nan. Try 1."),
        ({"num_levels": 0}, "num_levels to be 1, 2 or 3, but got 0. Try 2."),
        ({"num_levels": 4}, "num_levels to be 1, 2 or 3, but got 4. Try 2."),
        ({"seed": -1}, "the seed of shapes to be from 0 to 4,294,967,295, but got -1. Try 0."),
        ({"seed": 0.5}, "the seed of shapes to be a whole number, but got 0.5. Try 0."),
        ({"seed": 10**30}, f"the seed of shapes to be from 0 to 4,294,967,295, but got {10**30}. Try 0."),
        ({"num_train": 10**12}, "num_train to be at most 1,000,000, but got 1000000000000. Try 5000."),
        ({"num_test": 1_000_001}, "num_test to be at most 1,000,000, but got 1000001. Try 2000."),
        ({"num_test": float("inf")}, "num_test to be a whole number, but got inf. Try 2000."),
        ({"num_train": 500.5}, "num_train to be a whole number, but got 500.5. Try 5000."),
    ],
)
def test_arguments_out_of_range(arguments, rule) -> None:
    with pytest.raises(RequestError) as caught:
        shapes.load(**arguments)
    assert str(caught.value) == f"Expected {rule}"


@pytest.mark.parametrize(
    ("arguments", "fewest", "got"),
    [
        (
            {"num_train": 159},
            "num_train to be at least 160, 10 for each of 16 leaf classes",
            "159. Try 5000.",
        ),
        (
            {"num_train": 319, "num_levels": 3},
            "num_train to be at least 320, 10 for each of 32 leaf classes",
            "319. Try 5000.",
        ),
        ({"num_test": 0}, "num_test to be at least 16, 1 for each of 16 leaf classes", "0. Try 2000."),
    ],
)
def test_too_few_pictures(arguments, fewest, got) -> None:
    with pytest.raises(RequestError) as caught:
        shapes.load(**arguments)
    assert str(caught.value) == f"Expected {fewest}, but got {got}"
