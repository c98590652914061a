"""The decisions of an exported graph, against those of `taskgraft.scores` on the same logits."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft import scores
from taskgraft.export import _decide as decide
from taskgraft.inference._answers import answers_of, calibrated
from taskgraft.taxonomy import Level, Taxonomy

DECODINGS = [scores.POOLED, *scores.DECODINGS]
SEEDS = st.integers(0, 2**32 - 1)
SPREADS = st.sampled_from([0.0, 0.5, 3.0, 30.0])
EIGHT = Taxonomy.from_names(
    [f"level {i}" for i in range(8)],
    [
        [f"{leaf >> (8 - i)} at {i}" if i < 8 else "" for i in range(1, 8)] + [f"leaf {leaf}"]
        for leaf in range(200)
    ],
)


def logits_of(taxonomy: Taxonomy, seed: int, spread: float) -> list[torch.Tensor]:
    rng = np.random.default_rng(seed)
    return [torch.from_numpy(rng.normal(0, spread, (9, k))) for k in taxonomy.num_classes]


def assert_alike(logits: list[torch.Tensor], taxonomy: Taxonomy, decoding: str, threshold: float) -> None:
    """Paths, probabilities, certainties and depths of logits are those of `answers_of`."""
    names, count = taxonomy.level_names, taxonomy.num_levels
    temperatures = {name: 0.5 + 0.25 * place for place, name in enumerate(names)}
    weights = {name: 0.3 + 0.4 * place for place, name in enumerate(names)} if taxonomy.is_tree else None
    arrays = [level.numpy() for level in logits]
    theirs = answers_of(arrays, taxonomy, decoding, temperatures, weights)
    heads = calibrated(arrays, taxonomy, temperatures)
    logs = [(level / t).log_softmax(1) for level, t in zip(logits, temperatures.values(), strict=True)]
    tree, of_levels = decide.Tree(taxonomy), [*(weights or {}).values()] or [1 / count] * count
    path, nodes, sure = decide.answers_of(logits, logs, tree, decoding, of_levels)
    for ours, expected in zip(nodes, theirs.probs, strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-12)
    if decoding in ("crm", "pooled", "joint"):
        merits = merits_of(decoding, heads, theirs.probs, taxonomy)
        assert_as_good(path, theirs.preds, merits)
        is_same = (path.numpy() == theirs.preds).all(axis=1)
    elif decoding == "summed" and taxonomy.is_tree:
        # Each level by itself: what it is chosen by is what its classes' leaves add up to.
        for level, k in enumerate(taxonomy.num_classes):
            under = np.eye(k)[taxonomy.ancestors(level)]
            here = slice(level, level + 1)
            assert_as_good(path[:, here], theirs.preds[:, here], heads[-1] @ under)
        is_same = (path.numpy() == theirs.preds).all(axis=1)
    else:
        np.testing.assert_array_equal(path, theirs.preds)
        is_same = np.ones(len(path), dtype=bool)
    np.testing.assert_allclose(sure[is_same], theirs.certainties[is_same], atol=1e-9)
    depths = decide.depths(sure, threshold).numpy()
    np.testing.assert_array_equal(depths[is_same], scores.depths_at(theirs.certainties, threshold)[is_same])


def merits_of(
    decoding: str, heads: list[np.ndarray], nodes: list[np.ndarray], taxonomy: Taxonomy
) -> np.ndarray:
    """What each leaf is chosen by, the more the better."""
    if decoding == "crm":
        every = np.arange(taxonomy.num_classes[-1])
        return -heads[-1] @ scores.num_levels_apart(taxonomy, every[:, None], every)
    if decoding == "pooled":
        return nodes[-1]
    floor = np.finfo(np.float64).tiny
    logs = (np.log(np.maximum(level, floor))[:, taxonomy.ancestors(i)] for i, level in enumerate(heads))
    return np.sum([*logs], axis=0)


def assert_as_good(path: torch.Tensor, preds: np.ndarray, merits: np.ndarray) -> None:
    """The same path; where several leaves are equally good, rounding chooses among those."""
    rows = np.arange(len(merits))
    ours, theirs = merits[rows, path[:, -1]], merits[rows, preds[:, -1]]
    np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)
    best = merits.max(1, keepdims=True)
    is_only = (merits >= best - 1e-11 * np.abs(best) - 1e-13).sum(1) == 1
    np.testing.assert_array_equal(path[is_only], preds[is_only])


@pytest.mark.parametrize("decoding", DECODINGS)
@settings(deadline=None)
@given(taxonomies(), SEEDS, SPREADS)
def test_every_decoding_is_that_of_the_scores(
    decoding: str, taxonomy: Taxonomy, seed: int, spread: float
) -> None:
    assert_alike(logits_of(taxonomy, seed, spread), taxonomy, decoding, 0.41234)


@pytest.mark.parametrize("decoding", DECODINGS)
def test_a_tree_of_eight_levels(decoding: str) -> None:
    assert EIGHT.num_levels == 8
    assert_alike(logits_of(EIGHT, 0, 3.0), EIGHT, decoding, 0.2)


def test_levels_without_a_tree() -> None:
    taxonomy = Taxonomy.without_tree(
        [Level("colour", ("red", "blue")), Level("shape", ("bar", "disc", "ring"))]
    )
    assert_alike(logits_of(taxonomy, 0, 3.0), taxonomy, "independent", 0.5)


@pytest.mark.parametrize("decoding", DECODINGS)
def test_heads_that_rule_each_other_out(decoding: str) -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3"), ("y", "4")])
    logits = [torch.tensor([[900.0, 0.0]] * 2), torch.tensor([[0.0, 0, 900, 1], [0.0, 9, 1500, 1500]])]
    assert_alike([level.double() for level in logits], taxonomy, decoding, 0.5)


def test_in_single_precision_heads_that_rule_each_other_out_leave_numbers() -> None:
    """OpenVINO computes in f32, which does not hold the floor of `joint` as a probability."""
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])
    logits = [torch.tensor([[200.0, 0.0]]), torch.tensor([[0.0, 9.0, 200.0]])]
    logs, tree = [level.log_softmax(1) for level in logits], decide.Tree(taxonomy)
    for decoding in DECODINGS:
        _, nodes, sure = decide.answers_of(logits, logs, tree, decoding, [1.0, 1.0])
        assert all(bool(level.isfinite().all()) for level in (*nodes, sure)), decoding
    assert decide.DECODINGS["top-down"](logs, tree).tolist() == [[0, 1]]


def test_a_chain_of_classes_of_the_same_leaves_is_said_as_one() -> None:
    chain = Taxonomy.from_names(
        ["a", "b", "c"], [("x", "1", "1a"), ("y", "2", "2a"), ("y", "2", "2b"), ("x", "1", "1b")]
    )
    assert_alike(logits_of(chain, 3, 3.0), chain, "pooled", 0.6)
    assert_alike(logits_of(chain, 4, 3.0), chain, "independent", 0.6)
