"""The decisions of an exported graph, against those of `taskgraft.scores` on the same logits."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft import scores
from taskgraft.export import _decide as decide
from taskgraft.taxonomy import Level, Taxonomy

SEEDS = st.integers(0, 2**32 - 1)
SPREADS = st.sampled_from([0.0, 0.5, 3.0, 30.0])
EIGHT = Taxonomy.from_names(
    [f"level {i}" for i in range(8)],
    [
        [f"{leaf >> (8 - i)} at {i}" if i < 8 else "" for i in range(1, 8)] + [f"leaf {leaf}"]
        for leaf in range(200)
    ],
)


def logs_of(taxonomy: Taxonomy, seed: int, spread: float) -> list[torch.Tensor]:
    rng = np.random.default_rng(seed)
    logits = [torch.from_numpy(rng.normal(0, spread, (9, k))) for k in taxonomy.num_classes]
    return [level.log_softmax(1) for level in logits]


def assert_alike(logs: list[torch.Tensor], taxonomy: Taxonomy, decoding: str, threshold: float) -> None:
    tree, probs = decide.Tree(taxonomy), [level.exp().numpy() for level in logs]
    preds = scores.DECODINGS[decoding](probs, taxonomy)
    path = decide.DECODINGS[decoding](logs, tree)
    if decoding == "crm":
        assert_least_risk(path, preds, probs[-1], taxonomy)
        preds = path.numpy()
    np.testing.assert_array_equal(path, preds)
    nodes = decide.tree_probs(logs, tree, decoding)
    expected = scores.tree_probs(probs, taxonomy, decoding)
    for ours, theirs in zip(nodes, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    ours = decide.depths(decide.along_path(nodes, path), threshold)
    theirs = scores.depths_at(scores.along_path(expected, preds), threshold)
    np.testing.assert_array_equal(ours, theirs)


def assert_least_risk(path: torch.Tensor, preds: np.ndarray, leaves: np.ndarray, taxonomy: Taxonomy) -> None:
    """A path, or of several of one risk another: rounding chooses among those."""
    risks = leaves @ scores.lca_heights(taxonomy)
    rows = np.arange(len(risks))
    np.testing.assert_allclose(risks[rows, path[:, -1]], risks[rows, preds[:, -1]], rtol=1e-12)
    is_only = (risks <= risks.min(1, keepdims=True) * (1 + 1e-12)).sum(1) == 1
    np.testing.assert_array_equal(path[is_only], preds[is_only])


@pytest.mark.parametrize("decoding", scores.DECODINGS)
@given(taxonomies(), SEEDS, SPREADS)
def test_every_decoding_is_that_of_the_scores(
    decoding: str, taxonomy: Taxonomy, seed: int, spread: float
) -> None:
    assert_alike(logs_of(taxonomy, seed, spread), taxonomy, decoding, 0.41234)


@pytest.mark.parametrize("decoding", scores.DECODINGS)
def test_a_tree_of_eight_levels(decoding: str) -> None:
    assert EIGHT.num_levels == 8
    assert_alike(logs_of(EIGHT, 0, 3.0), EIGHT, decoding, 0.2)


def test_levels_without_a_tree() -> None:
    taxonomy = Taxonomy.without_tree(
        [Level("colour", ("red", "blue")), Level("shape", ("bar", "disc", "ring"))]
    )
    assert_alike(logs_of(taxonomy, 0, 3.0), taxonomy, "independent", 0.5)


@pytest.mark.parametrize("decoding", scores.DECODINGS)
def test_heads_that_rule_each_other_out(decoding: str) -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3"), ("y", "4")])
    logits = [torch.tensor([[900.0, 0.0]] * 2), torch.tensor([[0.0, 0, 900, 1], [0.0, 9, 1500, 1500]])]
    assert_alike([level.double().log_softmax(1) for level in logits], taxonomy, decoding, 0.5)


def test_in_single_precision_heads_that_rule_each_other_out_leave_numbers() -> None:
    """OpenVINO computes in f32, which does not hold the floor of `joint` as a probability."""
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])
    logits = [torch.tensor([[200.0, 0.0]]), torch.tensor([[0.0, 9.0, 200.0]])]
    logs, tree = [level.log_softmax(1) for level in logits], decide.Tree(taxonomy)
    for decoding in scores.DECODINGS:
        nodes = decide.tree_probs(logs, tree, decoding)
        assert all(bool(level.isfinite().all()) for level in nodes), decoding
    assert decide.DECODINGS["top-down"](logs, tree).tolist() == [[0, 1]]
