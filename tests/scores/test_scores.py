import re

import numpy as np
import pytest

from taskgraft.errors import TaskgraftError
from taskgraft.scores import about, score
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
    assert {
        "accuracy.realm": 1.0,
        "accuracy.kind": 0.5,
        "accuracy.thing": 0.5,
        "balanced_accuracy.thing": 0.5,
        # Things 0, 2 and 4 occur, and only 4 is found.
        "macro_f1.thing": pytest.approx(1 / 3),
        # Thing 2 lies under kind q, not p; thing 4 under r, not q. Kind q lies under realm a, not b.
        "consistency.realm>kind": 0.5,
        "consistency.kind>thing": 0.0,
        # Summed from things: realms a, b; kinds q, r.
        "summed_accuracy.realm": 1.0,
        "summed_accuracy.kind": 0.5,
        "full_path_accuracy": 0.0,
        # The one mistake took thing 2 for thing 0: of another kind, of the same realm.
        "mistake_severity": 2.0,
        "hierarchical_distance@1": 1.0,
        # Things 2 and 4 say kinds q and r, too, and kind q realm a: 2 right of 4 classes said, and 3 of 5.
        "hierarchical_precision": pytest.approx(5 / 9),
        "hierarchical_recall": pytest.approx(5 / 6),
        "hierarchical_f1": pytest.approx(10 / 15),
    }.items() <= scores.items()


def test_one_level_has_no_scores_across_levels() -> None:
    taxonomy = Taxonomy.from_names(["only"], [("x",), ("y",)])
    scores = score([one_hot([0, 1], 2)], np.array([[0], [0]]), taxonomy)
    assert scores["accuracy.only"] == 0.5
    assert [name.partition(".")[0] for name in scores] == [
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "nll",
        "brier",
        "ece",
    ]


def test_every_score_is_a_finite_number_that_can_be_told_about() -> None:
    for targets in ([0, 0, 0], [1, 2, 4]):
        scores = score([one_hot([0], 2), one_hot([0], 3), one_hot([0], 5)], np.array([targets]), TAXONOMY)
        assert all(type(value) is float and np.isfinite(value) for value in scores.values())
        assert len({about(name).label for name in scores}) == len(scores)


def test_logits_that_are_not_numbers_are_refused_by_the_name_of_their_level() -> None:
    logits = [one_hot([0], 2), one_hot([0], 3), one_hot([0], 5)]
    logits[1][0, 2] = np.nan
    with pytest.raises(
        TaskgraftError, match=r"Expected every logit of level 'kind' to be a finite number, but got nan\."
    ):
        score(logits, np.array([[0, 0, 0]]), TAXONOMY)


@pytest.mark.parametrize(
    ("num_images", "num_classes"), [((1, 1, 1), (2, 3, 4)), ((1, 1), (2, 3)), ((1, 2, 1), (2, 3, 5))]
)
def test_logits_of_other_shapes_are_refused(
    num_images: tuple[int, ...], num_classes: tuple[int, ...]
) -> None:
    logits = [np.zeros(shape) for shape in zip(num_images, num_classes, strict=True)]
    shapes = [level.shape for level in logits]
    expected = (
        "Expected logits to be one array for each level, coarsest first, of shapes [(1, 2), (1, 3), (1, 5)], "
        f"but got {shapes}. "
    )
    with pytest.raises(TaskgraftError, match=re.escape(expected)):
        score(logits, np.array([[0, 0, 0]]), TAXONOMY)


@pytest.mark.parametrize("shape", [(0, 3), (2, 2), (3,)])
def test_targets_of_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    expected = (
        f"Expected targets to be of shape (N, 3) with N at least 1, but got {shape}. Give a row for each"
    )
    with pytest.raises(TaskgraftError, match=re.escape(expected)):
        score([one_hot([0], k) for k in (2, 3, 5)], np.zeros(shape, dtype=np.int64), TAXONOMY)


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
    assert score(moved, moved_targets, relabelled) == pytest.approx(score(logits, targets, TAXONOMY))
