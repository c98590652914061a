"""Probabilities of a newer tree from the logits of an older one, against plain sums."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_remaps import Logits, by_hand, changes, described, drawn_logits, permuted
from drawn_taxonomies import taxonomies
from taskgraft.inference import only_finest
from taskgraft.inference._answers import answers_of
from taskgraft.inference._remap import Remap
from taskgraft.scores import POOLED, Answers, tree_probs
from taskgraft.taxonomy import Taxonomy

SEEDS, SPREADS = st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1.0, 5.0, 300.0])
Change = tuple[Taxonomy, Taxonomy, tuple[int, ...]]


def weights_of(taxonomy: Taxonomy, seed: int) -> list[float]:
    return np.random.default_rng(seed).uniform(0, 1.5, taxonomy.num_levels).tolist()


def newer_logits(
    logits: Logits, older: Taxonomy, newer: Taxonomy, leaves: tuple[int, ...], weights: list[float]
) -> Logits:
    layer = Remap(described(older, leaves, weights), newer)
    return [level.numpy() for level in layer([torch.from_numpy(level) for level in logits])]


def answered(logits: Logits, taxonomy: Taxonomy) -> Answers:
    return answers_of(logits, taxonomy, POOLED, None, only_finest(taxonomy.level_names))


@settings(deadline=None)
@given(changes(), SEEDS, SPREADS)
def test_probabilities_are_those_of_plain_sums(change: Change, seed: int, spread: float) -> None:
    older, newer, leaves = change
    logits, weights = drawn_logits(older, seed, spread), weights_of(older, seed)
    remapped = newer_logits(logits, older, newer, leaves, weights)
    # Its exponential is a number in f32, too.
    assert all(level.dtype == np.float32 and level.min() >= -80 for level in remapped)
    expected = by_hand(logits, older, newer, leaves, weights)
    answers = answered(remapped, newer)
    for level, (heads, nodes, probs) in enumerate(zip(remapped, answers.probs, expected, strict=True)):
        np.testing.assert_allclose(np.exp(np.float64(heads)), probs, atol=1e-6)
        np.testing.assert_allclose(nodes, probs, atol=1e-6)
        np.testing.assert_allclose(nodes.sum(axis=1), 1, atol=1e-9)
        if level:
            above = np.zeros_like(answers.probs[level - 1])
            np.add.at(above.T, newer.parents_of(level), nodes.T)
            np.testing.assert_allclose(above, answers.probs[level - 1], atol=1e-9)


@settings(deadline=None)
@given(taxonomies(), SEEDS, SPREADS)
def test_the_same_tree_changes_nothing(taxonomy: Taxonomy, seed: int, spread: float) -> None:
    logits, weights = drawn_logits(taxonomy, seed, spread), weights_of(taxonomy, seed)
    same = tuple(range(taxonomy.num_classes[-1]))
    remapped = answered(newer_logits(logits, taxonomy, taxonomy, same, weights), taxonomy)
    before = tree_probs(logits, np.array(weights), taxonomy)
    for ours, expected in zip(remapped.probs, before, strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-6)


@settings(deadline=None)
@given(st.data(), changes(), SEEDS)
def test_two_changes_are_one(data: st.DataObject, first: Change, seed: int) -> None:
    oldest, middle, leaves = first
    _, newest, further = data.draw(changes(middle))
    logits, weights = drawn_logits(oldest, seed, 3.0), weights_of(oldest, seed)
    between = newer_logits(logits, oldest, middle, leaves, weights)
    only = list(only_finest(middle.level_names).values())
    one_by_one = newer_logits(between, middle, newest, further, only)
    composed = tuple(-1 if leaf < 0 else further[leaf] for leaf in leaves)
    at_once = newer_logits(logits, oldest, newest, composed, weights)
    for ours, expected in zip(one_by_one, at_once, strict=True):
        np.testing.assert_allclose(np.exp(ours), np.exp(expected), atol=2e-6)


@settings(deadline=None)
@given(changes(), SEEDS)
def test_classes_in_another_order_have_the_same_answers_in_another_order(change: Change, seed: int) -> None:
    older, newer, leaves = change
    logits, weights = drawn_logits(older, seed, 3.0), weights_of(older, seed)
    other, orders = permuted(newer, seed)
    place = np.argsort(orders[-1])
    moved = tuple(-1 if leaf < 0 else int(place[leaf]) for leaf in leaves)
    first = answered(newer_logits(logits, older, newer, leaves, weights), newer)
    second = answered(newer_logits(logits, older, other, moved, weights), other)
    for ours, expected, order in zip(second.probs, first.probs, orders, strict=True):
        np.testing.assert_allclose(ours, expected[:, order], atol=1e-6)
    for level, order in enumerate(orders):
        np.testing.assert_array_equal(order[second.preds[:, level]], first.preds[:, level])
    np.testing.assert_allclose(second.certainties, first.certainties, atol=1e-6)


def test_a_retired_leaf_leaves_its_probability_to_the_others() -> None:
    older = Taxonomy.from_names(["kind", "sort"], [("pet", "cat"), ("pet", "dog"), ("farm", "cow")])
    newer = Taxonomy.from_names(["kind", "sort"], [("pet", "cat"), ("farm", "cow")])
    logits = [np.zeros((1, 2), np.float32), np.log(np.float32([[0.2, 0.5, 0.3]]))]
    remapped = newer_logits(logits, older, newer, (0, -1, 1), [0.0, 1.0])
    np.testing.assert_allclose(np.exp(remapped[0]), [[0.4, 0.6]], rtol=1e-6)
    # However sure the network is of the retired one.
    sure = [logits[0], np.float32([[0.0, 400.0, 1.0]])]
    conditioned = np.exp(newer_logits(sure, older, newer, (0, -1, 1), [0.0, 1.0])[1])
    np.testing.assert_allclose(conditioned, np.exp([[0.0, 1.0]]) / (1 + np.e), rtol=1e-6)


@pytest.mark.parametrize("size", [0, 1, 300])
def test_batches_of_any_size(size: int) -> None:
    older = Taxonomy.from_names(["sort"], [("cat",), ("dog",), ("cow",)])
    newer = Taxonomy.from_names(["kind", "sort"], [("pet", "cat"), ("pet", "dog"), ("farm", "cow")])
    logits = [np.zeros((size, 3), np.float32)]
    shapes = [level.shape for level in newer_logits(logits, older, newer, (0, 1, 2), [1.0])]
    assert shapes == [(size, 2), (size, 3)]
