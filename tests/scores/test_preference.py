import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import hops

from drawn_taxonomies import taxonomies
from taskgraft.scores import Preference, score
from taskgraft.taxonomy import Taxonomy

# Three groups of three leaves each.
GROUPS = Taxonomy.from_names(["a", "b"], [(f"g{i // 3}", f"c{i}") for i in range(9)])


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (None, [0.092105, 0.0, 0.078947, 0.592105, 0.0, 0.0]),
        (5, [0.210526, 0.026316, 0.210526, 0.644737, 0.026316, 0.013158]),
    ],
)
def test_scores_are_those_of_the_authors_code(k: int | None, expected: list[float]) -> None:
    # What the code published with the paper gives for these logits, at its commit 122b01d.
    logits = np.random.default_rng(58).normal(size=(6, 9))
    assert Preference(GROUPS).scores(logits, np.arange(6), k) == pytest.approx(expected, abs=1e-6)


@given(taxonomies(min_levels=2), st.integers(0, 2**32 - 1), st.sampled_from([None, 2, 5]))
def test_scores_are_those_of_the_definition(taxonomy: Taxonomy, seed: int, k: int | None) -> None:
    rng, num_leaves = np.random.default_rng(seed), taxonomy.num_classes[-1]
    logits, targets = rng.normal(size=(8, num_leaves)), rng.integers(0, num_leaves, 8)
    k = k if k is None or k <= num_leaves else None
    ours = Preference(taxonomy).scores(logits, targets, k)
    assert ours.mean() == pytest.approx(hops(logits, targets, taxonomy, k))


@given(taxonomies(min_levels=2), st.integers(0, 2**32 - 1))
def test_the_order_of_the_tree_scores_all_and_its_reverse_nothing(taxonomy: Taxonomy, seed: int) -> None:
    preference, leaves = Preference(taxonomy), np.arange(taxonomy.num_classes[-1])
    # Among leaves of one rank no order is better than another.
    ranks = preference.ranks(leaves, leaves[:, None])
    ties = np.random.default_rng(seed).random(ranks.shape) / 2
    np.testing.assert_allclose(preference.scores(-(ranks + ties), leaves), 1)
    np.testing.assert_allclose(preference.scores(ranks + ties, leaves), 0, atol=1e-12)


def test_it_sees_an_order_that_the_mean_distance_does_not() -> None:
    targets, fine = np.array([[0, 0]]), np.array([[0, 3, 2, 7.0, 6, 5, 4, 1, 1]])
    better = fine.copy()
    better[0, [0, 1, 2, 3, 4]] = [9, 8, 7, 2, 1]
    worse = better.copy()
    worse[0, [0, 1, 2]] = better[0, [2, 1, 0]]
    first, second = (score([np.array([[1.0, 0, 0]]), each], targets, GROUPS) for each in (better, worse))
    assert first["hierarchical_distance@5"] == second["hierarchical_distance@5"]
    assert first["hops@5"] > second["hops@5"]
