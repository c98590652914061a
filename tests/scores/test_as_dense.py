"""Counts, look-ups and sums over levels are what arrays of images x classes and classes x classes gave."""

from __future__ import annotations

import dense_scores as dense
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft.scores import (
    DECODINGS,
    Preference,
    lca_heights,
    measure,
    num_levels_apart,
    probs_of,
    top_classes,
    tree_probs,
)
from taskgraft.statistics import image_weights
from taskgraft.taxonomy import Level, Taxonomy
from taskgraft.verdict._sample import samples_of

SEEDS = st.integers(0, 2**32 - 1)


def wide(num_leaves: int = 600, seed: int = 0) -> Taxonomy:
    """Seven levels, children in no order, families of one and of many."""
    rng = np.random.default_rng(seed)
    sizes = [3, 9, 21, 60, 150, 330, num_leaves]
    parents = []
    for coarser, finer in zip(sizes, sizes[1:], strict=False):
        row = np.concatenate([np.arange(coarser), rng.integers(0, coarser, finer - coarser)])
        parents.append(tuple(rng.permutation(row).tolist()))
    levels = tuple(
        Level(f"level {i}", tuple(f"{i} {k}" for k in range(size))) for i, size in enumerate(sizes)
    )
    return Taxonomy(levels, tuple(parents))


def drawn(taxonomy: Taxonomy, seed: int, num_images: int = 40) -> tuple[list[np.ndarray], np.ndarray]:
    """Logits that know something, a few of them equal, and targets."""
    rng = np.random.default_rng(seed)
    leaves = rng.integers(0, taxonomy.num_classes[-1], num_images)
    targets = np.stack([taxonomy.ancestors(i)[leaves] for i in range(taxonomy.num_levels)], axis=1)
    logits = []
    for i, num_classes in enumerate(taxonomy.num_classes):
        level = rng.normal(size=(num_images, num_classes)).astype(np.float32)
        level[np.arange(num_images), targets[:, i]] += 2
        logits.append(np.round(level, 3))
    return logits, targets


TREES = st.one_of(taxonomies(min_levels=2), st.builds(wide, st.integers(330, 700), SEEDS))


@pytest.mark.parametrize("name", ["summed", "joint", "top-down", "crm"])
@given(taxonomy=TREES, seed=SEEDS)
def test_a_decoding_decides_the_same(name: str, taxonomy: Taxonomy, seed: int) -> None:
    logits = [level + np.random.default_rng(seed).random(level.shape) for level in drawn(taxonomy, seed)[0]]
    probs = [probs_of(level) for level in logits]
    np.testing.assert_array_equal(
        DECODINGS[name](probs, taxonomy), dense.decoded(name, probs, taxonomy), strict=True
    )


@given(TREES, SEEDS)
def test_heights_of_pairs_are_those_of_all_pairs(taxonomy: Taxonomy, seed: int) -> None:
    every = np.arange(taxonomy.num_classes[-1])
    one, other = np.random.default_rng(seed).integers(0, len(every), (2, 50))
    np.testing.assert_array_equal(
        lca_heights(taxonomy, every[:, None], every), dense.lca_heights(taxonomy), strict=True
    )
    np.testing.assert_array_equal(lca_heights(taxonomy, one, other), dense.lca_heights(taxonomy)[one, other])
    np.testing.assert_array_equal(
        num_levels_apart(taxonomy, every[:, None], every), dense.num_levels_apart(taxonomy), strict=True
    )


@given(TREES, SEEDS)
def test_probabilities_along_the_tree_keep_every_bit(taxonomy: Taxonomy, seed: int) -> None:
    logits, _ = drawn(taxonomy, seed)
    weights = np.random.default_rng(seed).uniform(0, 2, taxonomy.num_levels)
    for ours, former in zip(
        tree_probs(logits, weights, taxonomy), dense.tree_probs(logits, weights, taxonomy), strict=True
    ):
        np.testing.assert_array_equal(ours, former, strict=True)


@given(TREES, SEEDS, st.sampled_from([None, 2, 5, 20]))
def test_hops_keeps_every_bit(taxonomy: Taxonomy, seed: int, k: int | None) -> None:
    logits, targets = drawn(taxonomy, seed)
    k = None if k is None or k >= taxonomy.num_classes[-1] else k
    # Where all of the first leaves are alike no order is worse than another, and the score is no number.
    with np.errstate(invalid="ignore", divide="ignore"):
        ours = Preference(taxonomy).scores(logits[-1], targets[:, -1], k)
        former = dense.hops(logits[-1], targets[:, -1], taxonomy, k)
    np.testing.assert_array_equal(ours, former, strict=True)


@given(TREES, SEEDS)
def test_scores_of_classes_have_the_terms_of_one_column_a_class(taxonomy: Taxonomy, seed: int) -> None:
    logits, targets = drawn(taxonomy, seed)
    scores = measure(logits, targets, taxonomy)
    samples = samples_of(scores, weights := image_weights(len(targets), 50))
    for i, (level, num_classes) in enumerate(zip(taxonomy.level_names, taxonomy.num_classes, strict=True)):
        preds = logits[i].argmax(axis=1)
        for kind in ("balanced_accuracy", "macro_f1"):
            score = scores[f"{kind}.{level}"]
            terms, weighs_as = dense.class_ratios(preds, targets[:, i], num_classes, kind)
            ours = score.terms.toarray() if score.is_sparse else score.terms
            np.testing.assert_array_equal(ours, terms, strict=True)
            assert score.weighs_as == pytest.approx(weighs_as, rel=1e-12)
            assert score.value == float(score.finish(terms.mean(axis=0, dtype=np.float64)))
            expected = score.finish((weights @ terms).astype(np.float64))
            np.testing.assert_allclose(samples[f"{kind}.{level}"].draws, expected, atol=1e-6)


@given(st.integers(1, 12), st.integers(1, 300), SEEDS, st.sampled_from([np.float16, np.float32, np.float64]))
def test_the_first_classes_are_those_of_a_stable_sort(
    num_images: int, num_classes: int, seed: int, dtype: type
) -> None:
    rng = np.random.default_rng(seed)
    # Few values, many of them equal; zeros of both signs, infinities and what is no number among them.
    values = np.array([0.0, -0.0, 1.5, -1.5, 1e-8, 7, np.inf, -np.inf, np.nan]).astype(dtype)
    logits = rng.normal(size=(num_images, num_classes)).astype(dtype)
    is_special = rng.random(logits.shape) < rng.random()
    logits[is_special] = rng.choice(values[: rng.integers(1, len(values) + 1)], is_special.sum())
    for k in {1, min(5, num_classes), num_classes}:
        expected = np.argsort(-logits, axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(top_classes(logits, k), expected, strict=True)
