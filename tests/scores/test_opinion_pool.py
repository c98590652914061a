import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad
from sklearn.linear_model import LogisticRegression

from drawn_taxonomies import taxonomies
from taskgraft.scores import _pool as pool
from taskgraft.scores import _pool_likelihood as pool_likelihood
from taskgraft.scores import equal_weights, fit_pool, fit_temperature, probs_of, tree_probs
from taskgraft.taxonomy import Taxonomy

SEEDS = st.integers(0, 2**32 - 1)
PETS = Taxonomy.from_names(
    ["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van"), ("car", "bus")]
)


def drawn(taxonomy: Taxonomy, seed: int, num_images: int = 8) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 2, (num_images, k)) for k in taxonomy.num_classes]


def labelled(taxonomy: Taxonomy, num_images: int, telling: float, seed: int = 0) -> tuple:
    """Logits that point at the truth at every level, the deeper the less, and the truth."""
    rng = np.random.default_rng(seed)
    leaves = rng.integers(0, taxonomy.num_classes[-1], num_images)
    targets = np.stack([taxonomy.ancestors(i)[leaves] for i in range(taxonomy.num_levels)], axis=1)
    logits = [
        rng.normal(size=(num_images, k)) + telling / (i + 1) * np.eye(k)[targets[:, i]]
        for i, k in enumerate(taxonomy.num_classes)
    ]
    return logits, targets


@given(taxonomies(min_levels=2), SEEDS)
def test_a_leaf_is_as_probable_as_the_weighted_product_along_its_path(taxonomy: Taxonomy, seed: int) -> None:
    logits = drawn(taxonomy, seed)
    weights = np.random.default_rng(seed).uniform(0, 2, taxonomy.num_levels)
    heads = [probs_of(level) for level in logits]
    for i, row in enumerate(tree_probs(logits, weights, taxonomy)[-1]):
        products = [
            math.prod(
                heads[level][i, taxonomy.ancestors(level)[leaf]] ** weights[level]
                for level in range(taxonomy.num_levels)
            )
            for leaf in range(taxonomy.num_classes[-1])
        ]
        np.testing.assert_allclose(row, np.array(products) / sum(products), rtol=1e-9)


@given(taxonomies(), SEEDS)
def test_a_class_is_as_probable_as_its_children_together(taxonomy: Taxonomy, seed: int) -> None:
    probs = tree_probs(drawn(taxonomy, seed), equal_weights(taxonomy), taxonomy)
    for level in range(1, taxonomy.num_levels):
        for parent in range(taxonomy.num_classes[level - 1]):
            children = taxonomy.parents_of(level) == parent
            np.testing.assert_allclose(
                probs[level - 1][:, parent], probs[level][:, children].sum(axis=1), rtol=1e-12
            )
    for of_level in probs:
        np.testing.assert_allclose(of_level.sum(axis=1), 1)


def test_logits_of_any_size_and_sign_make_probabilities() -> None:
    logits = [np.array([[1e4, -1e4], [0, 0]]), np.array([[1e4, 0, 0, -1e5], [-1e30, -1e30, 0, 0]])]
    for of_level in tree_probs(logits, np.array([1.0, 2.0]), PETS):
        assert np.isfinite(of_level).all()
        assert ((of_level >= 0) & (of_level <= 1)).all()


def test_a_class_that_ends_early_is_exactly_as_probable_as_itself_further_down() -> None:
    taxonomy = Taxonomy.from_names(
        ["kind", "variety"], [("apple", "gala"), ("apple", "fuji"), ("kiwi", "kiwi"), ("fig", "fig")]
    )
    coarse, fine = tree_probs(drawn(taxonomy, 0, 500), np.array([0.3, 0.9]), taxonomy)
    np.testing.assert_array_equal(coarse[:, 1:], fine[:, 2:])


def test_weights_are_those_of_a_logistic_regression_with_one_coefficient_a_level() -> None:
    # With two leaves, each under its own parent, the pool is a logistic regression on two numbers.
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2")])
    logits, targets = labelled(taxonomy, 4000, 1.0)
    numbers = np.stack([level[:, 1] - level[:, 0] for level in logits], axis=1)
    expected = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10).fit(numbers, targets[:, 1])
    # Of 4,000 images the prior is hardly felt.
    np.testing.assert_allclose(fit_pool(logits, targets, taxonomy), expected.coef_[0], atol=0.005)


@pytest.mark.parametrize("few", [2048, 0])
def test_the_slope_is_that_of_the_likelihood(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_likelihood, "_FEW_LEAVES", few)
    logits, targets = labelled(PETS, 50, 1.0)
    likelihood = pool_likelihood.likelihood_of(logits, targets[:, -1], PETS)

    def part(number: int, weights: np.ndarray) -> float:
        return likelihood(weights)[number]

    for weights in (np.array([0.5, 0.5]), np.array([0.0, 2.0])):
        assert check_grad(partial(part, 0), partial(part, 1), weights) < 1e-4


@given(taxonomies(), SEEDS)
def test_level_by_level_the_likelihood_is_the_same(taxonomy: Taxonomy, seed: int) -> None:
    logits, targets = labelled(taxonomy, 30, 1.0, seed)
    weights = np.random.default_rng(seed).uniform(0, 2, taxonomy.num_levels)
    with pytest.MonkeyPatch.context() as patch:
        at_once = pool_likelihood.likelihood_of(logits, targets[:, -1], taxonomy)(weights)
        fitted = fit_pool(logits, targets, taxonomy)
        patch.setattr(pool_likelihood, "_FEW_LEAVES", 0)
        by_levels = pool_likelihood.likelihood_of(logits, targets[:, -1], taxonomy)(weights)
        np.testing.assert_allclose(fit_pool(logits, targets, taxonomy), fitted, atol=1e-4)
    assert by_levels[0] == pytest.approx(at_once[0], rel=1e-12)
    np.testing.assert_allclose(by_levels[1], at_once[1], atol=1e-10)


def test_of_one_level_the_weight_is_the_inverse_temperature() -> None:
    taxonomy = Taxonomy.from_names(["a"], [("x",), ("y",), ("z",)])
    logits, targets = labelled(taxonomy, 5000, 1.5)
    assert fit_pool(logits, targets, taxonomy)[0] == pytest.approx(
        1 / fit_temperature(logits[0], targets[:, 0]), abs=0.01
    )


def test_a_level_that_says_nothing_counts_for_nothing_and_an_empty_val_changes_nothing() -> None:
    logits, targets = labelled(PETS, 3000, 2.0)
    logits[0] = np.random.default_rng(1).normal(size=logits[0].shape)
    coarse, fine = fit_pool(logits, targets, PETS)
    assert coarse < 0.1 < fine
    unknown = np.full_like(targets, -1)
    np.testing.assert_array_equal(fit_pool(logits, unknown, PETS), equal_weights(PETS))
    np.testing.assert_array_equal(fit_pool([k[:0] for k in logits], targets[:0], PETS), equal_weights(PETS))


def test_a_handful_of_images_moves_the_weights_little() -> None:
    logits, targets = labelled(PETS, 3, 20.0)
    # All three are right, so that the likelihood alone would go to infinity.
    weights = fit_pool(logits, targets, PETS)
    assert np.abs(weights - 0.5).max() < 0.6


def test_of_very_many_images_evenly_many_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    logits, targets = labelled(PETS, 4001, 1.0)
    monkeypatch.setattr(pool, "_MOST_NUMBERS", 400)
    every_fifth = fit_pool([level[::5] for level in logits], targets[::5], PETS)
    np.testing.assert_array_equal(fit_pool(logits, targets, PETS), every_fifth)
