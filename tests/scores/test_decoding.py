import math

import numpy as np
import pytest
from dense_scores import num_levels_apart, sum_under
from hypothesis import given
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft.scores import DECODINGS, probs_of
from taskgraft.taxonomy import Taxonomy

SEEDS = st.integers(0, 2**32 - 1)
PETS = Taxonomy.from_names(
    ["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van"), ("car", "bus")]
)


def random_logits(taxonomy: Taxonomy, seed: int, num_images: int = 8) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 2, (num_images, k)) for k in taxonomy.num_classes]


def path_of(leaf: int, taxonomy: Taxonomy) -> list[int]:
    return [int(taxonomy.ancestors(level)[leaf]) for level in range(taxonomy.num_levels)]


def test_probabilities_add_up_to_one_however_large_the_logits() -> None:
    probs = probs_of(np.array([[1e4, 0.0], [1.0, 1.0]], dtype=np.float32))
    assert (probs.dtype, probs.tolist()) == (np.float64, [[1.0, 0.0], [0.5, 0.5]])


def test_the_decodings_are_named() -> None:
    assert list(DECODINGS) == ["independent", "summed", "joint", "top-down", "crm"]


@given(taxonomies(), SEEDS)
def test_independent_and_summed_take_each_level_by_itself(taxonomy: Taxonomy, seed: int) -> None:
    logits = random_logits(taxonomy, seed)
    probs = [probs_of(level) for level in logits]
    independent, summed = (DECODINGS[name](probs, taxonomy) for name in ("independent", "summed"))
    for level, num_classes in enumerate(taxonomy.num_classes):
        np.testing.assert_array_equal(independent[:, level], logits[level].argmax(1))
        sums = sum_under(probs[-1], taxonomy.ancestors(level), num_classes)
        np.testing.assert_array_equal(summed[:, level], sums.argmax(1))


@given(taxonomies(), SEEDS)
def test_joint_is_the_best_of_all_paths(taxonomy: Taxonomy, seed: int) -> None:
    probs = [probs_of(level) for level in random_logits(taxonomy, seed)]
    paths = [path_of(leaf, taxonomy) for leaf in range(taxonomy.num_classes[-1])]
    for i, got in enumerate(DECODINGS["joint"](probs, taxonomy).tolist()):
        assert got == max(
            paths, key=lambda path: math.prod(p[i, k] for p, k in zip(probs, path, strict=True))
        )


@given(taxonomies(), SEEDS)
def test_top_down_walks_to_the_best_child(taxonomy: Taxonomy, seed: int) -> None:
    probs = [probs_of(level) for level in random_logits(taxonomy, seed)]
    for i, got in enumerate(DECODINGS["top-down"](probs, taxonomy).tolist()):
        walk = [int(probs[0][i].argmax())]
        for level in range(1, taxonomy.num_levels):
            children = [k for k, parent in enumerate(taxonomy.parents[level - 1]) if parent == walk[-1]]
            walk.append(max(children, key=lambda k: probs[level][i, k]))
        assert got == walk


@given(taxonomies(), SEEDS)
def test_crm_minimises_the_expected_height(taxonomy: Taxonomy, seed: int) -> None:
    probs = [probs_of(level) for level in random_logits(taxonomy, seed)]
    heights, leaves = num_levels_apart(taxonomy), range(taxonomy.num_classes[-1])
    for i, got in enumerate(DECODINGS["crm"](probs, taxonomy).tolist()):
        risks = [sum(probs[-1][i, j] * heights[k, j] for j in leaves) for k in leaves]
        assert risks[got[-1]] == pytest.approx(min(risks))
        assert got == path_of(got[-1], taxonomy)


@pytest.mark.parametrize("name", ["joint", "top-down", "crm"])
@given(taxonomy=taxonomies(min_levels=2), seed=SEEDS)
def test_these_always_give_a_path_of_the_taxonomy(name: str, taxonomy: Taxonomy, seed: int) -> None:
    probs = [probs_of(level) for level in random_logits(taxonomy, seed)]
    preds = DECODINGS[name](probs, taxonomy)
    for level in range(1, taxonomy.num_levels):
        np.testing.assert_array_equal(taxonomy.parents_of(level)[preds[:, level]], preds[:, level - 1])


@pytest.mark.parametrize("name", DECODINGS)
@given(taxonomy=taxonomies(), seed=SEEDS)
def test_all_agree_where_every_level_is_sure_of_one_path(name: str, taxonomy: Taxonomy, seed: int) -> None:
    leaves = np.random.default_rng(seed).integers(0, taxonomy.num_classes[-1], 6)
    paths = np.array([path_of(leaf, taxonomy) for leaf in leaves])
    probs = [probs_of(20 * np.eye(k)[paths[:, i]]) for i, k in enumerate(taxonomy.num_classes)]
    np.testing.assert_array_equal(DECODINGS[name](probs, taxonomy), paths)


def test_joint_keeps_an_order_where_levels_rule_each_other_out() -> None:
    probs = [np.array([[0.0, 1.0]]), np.array([[0.3, 0.7, 0.0, 0.0]])]
    # No path is possible: the leaves say pet, the coarser level car, and the coarser level is the surer.
    assert DECODINGS["joint"](probs, PETS).tolist() == [[1, 2]]


def test_crm_may_leave_the_likeliest_leaf_for_a_likelier_family() -> None:
    probs = [np.array([[0.5, 0.5]]), np.array([[0.3, 0.28, 0.4, 0.02]])]
    assert DECODINGS["independent"](probs, PETS)[0, 1] == 2
    assert DECODINGS["crm"](probs, PETS).tolist() == [[0, 0]]
