import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft.scores import lca_heights, mistake_severity, score
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


@given(taxonomies(min_levels=2), st.integers(0, 2**32 - 1))
def test_distance_of_the_first_leaf_is_severity_times_error_rate(taxonomy: Taxonomy, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = [rng.normal(size=(15, k)) for k in taxonomy.num_classes]
    leaves = rng.integers(0, taxonomy.num_classes[-1], 15)
    targets = np.stack([taxonomy.ancestors(level)[leaves] for level in range(taxonomy.num_levels)], axis=1)
    scores = score(logits, targets, taxonomy)
    expected = scores["mistake_severity"] * (1 - scores[f"accuracy.{taxonomy.level_names[-1]}"])
    assert scores["hierarchical_distance@1"] == pytest.approx(expected)
