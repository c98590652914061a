import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft.scores import (
    along_path,
    certainties,
    class_information,
    depths_at,
    equal_weights,
    fixed_level,
    most_probable_paths,
    path_information,
    tree_probs,
)
from taskgraft.taxonomy import Taxonomy

SEEDS = st.integers(0, 2**32 - 1)
FRUIT = Taxonomy.from_names(
    ["kind", "variety"],
    [("apple", "gala"), ("apple", "fuji"), ("apple", "red"), ("kiwi", "kiwi"), ("fig", "fig")],
)


def answers(taxonomy: Taxonomy, seed: int, num_images: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Paths, the probabilities along them, and their certainties."""
    rng = np.random.default_rng(seed)
    logits = [rng.normal(0, 2, (num_images, k)) for k in taxonomy.num_classes]
    probs = tree_probs(logits, equal_weights(taxonomy), taxonomy)
    preds = most_probable_paths(probs, taxonomy)
    path_probs = along_path(probs, preds)
    return preds, path_probs, certainties(path_probs, preds, taxonomy)


def best_depth(probs: list[float], information: list[float], threshold: float) -> int:
    """Of saying nothing and of every class, what is worth most by definition; of equals the deepest."""
    worth = [threshold * p + (1 - threshold) * i for p, i in zip([1, *probs], [0, *information], strict=True)]
    return max(range(len(worth)), key=lambda d: (worth[d], d))


@given(taxonomies(), SEEDS, st.floats(0.01, 1.0))
def test_an_answer_goes_down_to_the_class_that_is_worth_most(
    taxonomy: Taxonomy, seed: int, threshold: float
) -> None:
    preds, path_probs, sure = answers(taxonomy, seed)
    information = path_information(preds, taxonomy)
    # Where two classes are worth the same to the last digits, either will do.
    is_clear = (np.abs(sure - threshold) > 1e-9).all(axis=1)
    expected = [
        best_depth(p.tolist(), i.tolist(), threshold) for p, i in zip(path_probs, information, strict=True)
    ]
    np.testing.assert_array_equal(depths_at(sure, threshold)[is_clear], np.array(expected)[is_clear])


@given(taxonomies(), SEEDS)
def test_certainties_are_shares_that_never_rise_along_a_path(taxonomy: Taxonomy, seed: int) -> None:
    sure = answers(taxonomy, seed)[2]
    assert ((sure >= 0) & (sure <= 1)).all()
    assert (np.diff(sure, axis=1) <= 0).all()


def test_the_coarsest_and_the_highest_threshold() -> None:
    sure = answers(FRUIT, 0)[2]
    assert (depths_at(sure, 0.0) == 2).all()
    assert (depths_at(np.ones((1, 2)), 1.0) == 2).all()
    assert (depths_at(np.ones((1, 2)), 1.0000001) == 0).all()


def test_of_a_single_level_certainty_orders_as_probability_does() -> None:
    flat = Taxonomy.from_names(["a"], [("x",), ("y",)])
    sure = certainties(np.array([[0.5], [0.8], [1.0]]), np.array([[0], [0], [0]]), flat)
    np.testing.assert_allclose(sure[:, 0], [1 / 1.5, 1 / 1.2, 1.0])


def test_a_class_that_ends_early_is_said_at_all_its_levels_or_at_none() -> None:
    preds = np.array([[1, 3]])
    sure = certainties(np.array([[0.7, 0.7]]), preds, FRUIT)
    assert sure[0, 0] == sure[0, 1]
    # Rounding of either parts them by no more than that.
    for other in (np.nextafter(0.7, 0), np.nextafter(0.7, 1)):
        assert np.ptp(certainties(np.array([[0.7, other]]), preds, FRUIT)) < 1e-12


def test_a_class_that_tells_little_more_must_cost_little() -> None:
    narrow = Taxonomy.from_names(["a", "b"], [("x", str(i)) for i in range(9)] + [("y", "9"), ("y", "10")])
    path_probs = np.array([[0.9, 0.7]])
    of_many = certainties(path_probs, np.array([[0, 0]]), narrow)
    of_two = certainties(path_probs, np.array([[1, 9]]), narrow)
    assert of_two[0, 0] > of_many[0, 0]
    assert of_two[0, 1] < of_many[0, 1]


def test_a_path_whose_classes_do_not_nest_has_certainties_too() -> None:
    sure = certainties(np.array([[0.3, 0.6], [0.6, 0.3]]), np.array([[1, 0], [1, 0]]), FRUIT)
    assert np.isfinite(sure).all()
    assert (np.diff(sure, axis=1) <= 0).all()


@given(taxonomies())
def test_information_is_the_entropy_that_a_class_takes_away(taxonomy: Taxonomy) -> None:
    num_leaves = taxonomy.num_classes[-1]
    for level, of_level in enumerate(class_information(taxonomy)):
        for k, value in enumerate(of_level):
            under = int(np.sum(taxonomy.ancestors(level) == k))
            left = -sum(1 / under * np.log2(1 / under) for _ in range(under))
            assert value == pytest.approx(1 - left / np.log2(num_leaves))
    assert (class_information(taxonomy)[-1] == 1).all()


def test_a_fixed_level_says_its_class_or_nothing() -> None:
    answers = fixed_level(np.log([[0.9, 0.05, 0.02, 0.02, 0.01], [0.2, 0.1, 0.4, 0.2, 0.1]]), 1, FRUIT)
    assert answers.preds.tolist() == [[0, 0], [0, 2]]
    assert depths_at(answers.certainties, 0.5).tolist() == [2, 0]
    coarse = fixed_level(np.log([[0.9, 0.05, 0.05]]), 0, FRUIT)
    assert depths_at(coarse.certainties, 0.0).tolist() == [1]
