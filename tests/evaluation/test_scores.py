import numpy as np
import pytest

from taskgraft.errors import TaskgraftError
from taskgraft.evaluation.scores import score
from taskgraft.taxonomy import Taxonomy

TAXONOMY = Taxonomy.from_names(
    ["realm", "kind", "thing"],
    [("a", "p", "1"), ("a", "p", "2"), ("a", "q", "3"), ("b", "r", "4"), ("b", "r", "5")],
)


def one_hot(preds: list[int], num_classes: int) -> np.ndarray:
    return (np.eye(num_classes)[preds] * 10).astype(np.float32)


def test_three_levels_are_scored_by_hand() -> None:
    logits = [one_hot([0, 1], 2), one_hot([0, 1], 3), one_hot([2, 4], 5)]
    targets = np.array([[0, 0, 0], [1, 2, 4]])
    scores = score(logits, targets, TAXONOMY)
    assert scores.accuracies == {"realm": 1.0, "kind": 0.5, "thing": 0.5}
    # Thing 2 lies under kind q, not p; thing 4 under r, not q. Kind q lies under realm a, not b.
    assert scores.consistencies == {"realm>kind": 0.5, "kind>thing": 0.0}
    # Summed from things: realms a, b; kinds q, r.
    assert scores.summed_accuracies == {"realm": 1.0, "kind": 0.5}


def test_one_level_has_no_scores_across_levels() -> None:
    taxonomy = Taxonomy.from_names(["only"], [("x",), ("y",)])
    scores = score([one_hot([0, 1], 2)], np.array([[0], [0]]), taxonomy)
    assert scores.accuracies == {"only": 0.5}
    assert (scores.consistencies, scores.summed_accuracies) == ({}, {})


def test_logits_that_are_not_numbers_are_refused_by_the_name_of_their_level() -> None:
    logits = [one_hot([0], 2), one_hot([0], 3), one_hot([0], 5)]
    logits[1][0, 2] = np.nan
    with pytest.raises(
        TaskgraftError, match=r"Expected every logit of level 'kind' to be a finite number, but got nan\."
    ):
        score(logits, np.array([[0, 0, 0]]), TAXONOMY)


def test_relabelling_every_level_changes_no_score() -> None:
    rng = np.random.default_rng(0)
    logits = [rng.normal(size=(40, k)).astype(np.float32) for k in TAXONOMY.num_classes]
    leaves = rng.integers(0, 5, 40)
    targets = np.stack([TAXONOMY.ancestors(level)[leaves] for level in range(3)], axis=1)
    orders = [rng.permutation(k) for k in TAXONOMY.num_classes]
    moved = [level[:, np.argsort(order)] for level, order in zip(logits, orders, strict=True)]
    moved_targets = np.stack([order[t] for order, t in zip(orders, targets.T, strict=True)], axis=1)
    names = [[TAXONOMY.levels[i].classes[k] for k in np.argsort(orders[i])] for i in range(3)]
    parents = [[int(orders[i][TAXONOMY.parents[i][k]]) for k in np.argsort(orders[i + 1])] for i in range(2)]
    relabelled = Taxonomy.from_dict(
        {
            "levels": [{"name": n, "classes": c} for n, c in zip(TAXONOMY.level_names, names, strict=True)],
            "parents": parents,
        }
    )
    assert score(moved, moved_targets, relabelled) == score(logits, targets, TAXONOMY)
