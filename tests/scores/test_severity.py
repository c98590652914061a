import networkx as nx
import numpy as np
import pytest
from drawn_taxonomies import taxonomies
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.errors import TaskgraftError
from taskgraft.scores import accuracy, lca_heights, mistake_severity
from taskgraft.scores._severity import hierarchical_distance
from taskgraft.taxonomy import Taxonomy

TAXONOMY = Taxonomy.from_names(
    ["realm", "kind", "thing"],
    [("a", "p", "1"), ("a", "p", "2"), ("a", "q", "3"), ("b", "r", "4"), ("b", "r", "5")],
)


def as_tree(taxonomy: Taxonomy) -> nx.Graph:
    """The taxonomy with its root as an undirected graph of (level, class) nodes."""
    edges = [("root", (0, k)) for k in range(taxonomy.num_classes[0])]
    for level in range(1, taxonomy.num_levels):
        edges += [
            ((level - 1, parent), (level, k)) for k, parent in enumerate(taxonomy.parents_of(level).tolist())
        ]
    return nx.Graph(edges)


@given(taxonomies())
def test_heights_are_half_the_walks_between_leaves_that_networkx_finds(taxonomy: Taxonomy) -> None:
    heights, tree, finest = lca_heights(taxonomy), as_tree(taxonomy), taxonomy.num_levels - 1
    for i in range(taxonomy.num_classes[-1]):
        walks = nx.single_source_shortest_path_length(tree, (finest, i))
        assert [walks[finest, j] for j in range(taxonomy.num_classes[-1])] == (2 * heights[i]).tolist()


@given(taxonomies())
def test_heights_are_an_ultrametric(taxonomy: Taxonomy) -> None:
    heights = lca_heights(taxonomy)
    np.testing.assert_array_equal(heights, heights.T)
    assert ((heights == 0) == np.eye(len(heights), dtype=bool)).all()
    assert heights.max() == taxonomy.num_levels
    through = np.maximum(heights[:, :, None], heights[None, :, :])
    assert (heights[:, None, :] <= through).all()


def test_severity_is_the_mean_over_mistakes_alone() -> None:
    heights = lca_heights(TAXONOMY)
    # Right; kind p at fault by one; realm a at fault by two; b for a: three.
    preds, targets = np.array([4, 1, 2, 3]), np.array([4, 0, 0, 0])
    assert mistake_severity(preds, targets, heights) == 2.0
    assert mistake_severity(targets, targets, heights) == 0.0


@given(taxonomies(), st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_distance_agrees_with_a_loop(taxonomy: Taxonomy, seed: int, num_images: int) -> None:
    rng = np.random.default_rng(seed)
    leaves, heights = taxonomy.num_classes[-1], lca_heights(taxonomy)
    logits, targets = rng.normal(size=(num_images, leaves)), rng.integers(0, leaves, num_images)
    for k in range(1, leaves + 1):
        total = 0.0
        for row, target in zip(logits, targets, strict=True):
            best = sorted(range(leaves), key=lambda leaf: -row[leaf])[:k]
            total += sum(heights[target, leaf] for leaf in best) / k
        assert hierarchical_distance(logits, targets, heights, k) == pytest.approx(total / num_images)


@given(taxonomies(), st.integers(0, 2**32 - 1))
def test_distance_of_the_first_leaf_is_severity_times_error_rate(taxonomy: Taxonomy, seed: int) -> None:
    rng = np.random.default_rng(seed)
    leaves, heights = taxonomy.num_classes[-1], lca_heights(taxonomy)
    logits, targets = rng.normal(size=(15, leaves)), rng.integers(0, leaves, 15)
    preds = logits.argmax(1)
    expected = mistake_severity(preds, targets, heights) * (1 - accuracy(preds, targets))
    assert hierarchical_distance(logits, targets, heights, 1) == pytest.approx(expected)


def test_distance_to_more_leaves_than_there_are_is_refused() -> None:
    with pytest.raises(
        TaskgraftError, match=r"Expected k to be from 1 to the number of classes, 5, but got 6\."
    ):
        hierarchical_distance(np.zeros((1, 5)), np.array([0]), lca_heights(TAXONOMY), 6)
