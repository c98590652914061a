"""Probabilities along a tree: those of a class are the sum of its children's, whatever the tree."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.scores import tree_probs
from taskgraft.taxonomy import Taxonomy


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=4, max_size=30), st.integers(0, 99))
def test_each_class_has_the_sum_of_its_children_in_whatever_order_they_stand(
    places: list[tuple[int, int]], seed: int
) -> None:
    paths = [(f"a{a}", f"b{a}.{b}", f"c{i}") for i, (a, b) in enumerate([(0, 0), (1, 0), *places])]
    taxonomy = Taxonomy.from_names(["a", "b", "c"], paths)
    rng = np.random.default_rng(seed)
    logits = [rng.normal(0, 3, (5, k)) for k in taxonomy.num_classes]
    probs = tree_probs(logits, np.array([0.3, 0.5, 1.0]), taxonomy)
    assert [level.shape for level in probs] == [(5, k) for k in taxonomy.num_classes]
    for level in (1, 2):
        for parent in range(taxonomy.num_classes[level - 1]):
            children = np.flatnonzero(taxonomy.parents_of(level) == parent)
            np.testing.assert_allclose(
                probs[level - 1][:, parent], probs[level][:, children].sum(axis=1), rtol=1e-12
            )
    for of_level in probs:
        np.testing.assert_allclose(of_level.sum(axis=1), 1, rtol=1e-12)
        assert of_level.max() <= 1
