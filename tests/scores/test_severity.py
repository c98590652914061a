import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft.scores import lca_heights, mistake_severity, score
from taskgraft.taxonomy import Taxonomy

TAXONOMY = Taxonomy.from_names(
    ["realm", "kind", "thing"],
    [("a", "p", "1"), ("a", "p", "2"), ("a", "q", "3"), ("b", "r", "4"), ("b", "r", "5")],
)


def all_heights(taxonomy: Taxonomy) -> np.ndarray:
    every = np.arange(taxonomy.num_classes[-1])
    return lca_heights(taxonomy, every[:, None], every)


def unpadded_tree(taxonomy: Taxonomy) -> tuple[nx.DiGraph, list[tuple[int, int]]]:
    """The taxonomy with its root, without classes that stand for the one above; and the node of each leaf."""
    is_over = set()
    for level in range(taxonomy.num_levels - 1, 0, -1):
        below = taxonomy.parents_of(level + 1).tolist() if level + 1 < taxonomy.num_levels else []
        goes_on = {parent for k, parent in enumerate(below) if (level + 1, k) not in is_over}
        is_over |= {(level, k) for k in taxonomy.stand_ins[level] - goes_on}
    node = {(0, k): (0, k) for k in range(taxonomy.num_classes[0])}
    edges = [("root", (0, k)) for k in range(taxonomy.num_classes[0])]
    for level in range(1, taxonomy.num_levels):
        for k, parent in enumerate(taxonomy.parents_of(level).tolist()):
            above = node[level - 1, parent]
            is_early = (level, k) in is_over
            node[level, k] = above if is_early else (level, k)
            edges += [] if is_early else [(above, (level, k))]
    last = taxonomy.num_levels - 1
    return nx.DiGraph(edges), [node[last, k] for k in range(taxonomy.num_classes[-1])]


@settings(deadline=None)
@given(taxonomies())
def test_heights_are_the_longer_way_down_from_the_ancestor_that_networkx_finds(taxonomy: Taxonomy) -> None:
    heights, (tree, leaves) = all_heights(taxonomy), unpadded_tree(taxonomy)
    depths = nx.single_source_shortest_path_length(tree, "root")
    for i, one in enumerate(leaves):
        for j, other in enumerate(leaves[:i]):
            meeting = depths[nx.lowest_common_ancestor(tree, one, other)]
            assert heights[i, j] == max(depths[one], depths[other]) - meeting


def test_siblings_that_end_early_are_one_apart_as_in_the_unpadded_tree() -> None:
    paths = [
        ("food", "bread", "bread"),
        ("food", "cake", "cake"),
        ("food", "fruit", "apple"),
        ("tool", "saw", "saw"),
    ]
    taxonomy = Taxonomy.from_names(["a", "b", "c"], paths)
    assert all_heights(taxonomy).tolist() == [[0, 1, 2, 2], [1, 0, 2, 2], [2, 2, 0, 3], [2, 2, 3, 0]]


@given(taxonomies())
def test_heights_are_a_metric(taxonomy: Taxonomy) -> None:
    heights = all_heights(taxonomy)
    np.testing.assert_array_equal(heights, heights.T)
    assert ((heights == 0) == np.eye(len(heights), dtype=bool)).all()
    assert heights.max() <= taxonomy.num_levels
    assert (heights[:, None, :] <= heights[:, :, None] + heights[None, :, :]).all()


def test_severity_is_the_mean_over_mistakes_alone() -> None:
    # Right; kind p at fault by one; realm a at fault by two; b for a: three.
    preds, targets = np.array([4, 1, 2, 3]), np.array([4, 0, 0, 0])
    assert mistake_severity(preds, targets, TAXONOMY) == 2.0
    assert mistake_severity(targets, targets, TAXONOMY) == 0.0


@given(taxonomies(min_levels=2), st.integers(0, 2**32 - 1))
def test_distance_of_the_first_leaf_is_severity_times_error_rate(taxonomy: Taxonomy, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = [rng.normal(size=(15, k)) for k in taxonomy.num_classes]
    leaves = rng.integers(0, taxonomy.num_classes[-1], 15)
    targets = np.stack([taxonomy.ancestors(level)[leaves] for level in range(taxonomy.num_levels)], axis=1)
    scores = score(logits, targets, taxonomy)
    expected = scores["mistake_severity"] * (1 - scores[f"accuracy.{taxonomy.level_names[-1]}"])
    assert scores["hierarchical_distance@1"] == pytest.approx(expected)
