"""Scores where labels are missing, or levels form no tree, against those of the labelled images alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import path_sets, reference_scores
from test_score_registry import random_split, taxonomies, weighted

from taskgraft.scores import judged, measure, over_labelled, score, share
from taskgraft.taxonomy import Level, Taxonomy


def hide(targets: np.ndarray, seed: int, share: float) -> np.ndarray:
    """Each image's path cut off somewhere: in a tree a chosen class has chosen ancestors."""
    rng = np.random.default_rng(seed + 1)
    depths = np.where(rng.random(len(targets)) < share, rng.integers(0, targets.shape[1], len(targets)), 99)
    return np.where(np.arange(targets.shape[1]) < depths[:, None], targets, -1)


def looked_at(name: str, levels: tuple[str, ...]) -> list[int]:
    """The levels whose labels a score needs."""
    subject = name.partition(".")[2]
    if subject in levels:
        return [levels.index(subject)]
    of_paths = ("full_path_accuracy", "hierarchical_aurc")
    return list(range(len(levels))) if name in of_paths else [len(levels) - 1]


def share_of_sets(name: str, preds: np.ndarray, targets: np.ndarray, taxonomy: Taxonomy) -> float:
    sets = path_sets(preds, targets, taxonomy)
    num_right, num_predicted, num_true = (
        sum(map(len, of)) for of in ([p & t for p, t in sets], [p for p, _ in sets], [t for _, t in sets])
    )
    of = {"precision": num_predicted, "recall": num_true, "f1": (num_predicted + num_true) / 2}
    return num_right / of[name.partition("_")[2]]


def scores_of_labelled(logits: list[np.ndarray], targets: np.ndarray, taxonomy: Taxonomy) -> dict[str, float]:
    """Every score from its definition, given nothing but the images it may look at."""
    found: dict[str, float] = {}
    of_chosen: dict[bytes, dict[str, float]] = {}
    for name in reference_scores(logits, np.abs(targets), taxonomy):
        if name.startswith("consistency."):
            chosen = np.ones(len(targets), bool)
        elif name in {f"hierarchical_{kind}" for kind in ("precision", "recall", "f1")}:
            preds = np.stack([level.argmax(axis=1) for level in logits], axis=1)
            if (targets >= 0).any():
                found[name] = share_of_sets(name, judged(preds, targets), targets, taxonomy)
            continue
        else:
            chosen = (targets[:, looked_at(name, taxonomy.level_names)] >= 0).all(axis=1)
        if chosen.any():
            key = chosen.tobytes()
            if key not in of_chosen:
                # Other levels' labels are not looked at: any will do in place of a missing one.
                part = np.maximum(targets[chosen], 0)
                of_chosen[key] = reference_scores([level[chosen] for level in logits], part, taxonomy)
            found[name] = of_chosen[key][name]
    return found


@given(taxonomies(), st.integers(0, 2**32 - 1), st.integers(1, 30), st.sampled_from([0.2, 0.7, 1.0]))
def test_every_score_is_that_of_the_images_it_may_look_at(
    taxonomy: Taxonomy, seed: int, num_images: int, missing: float
) -> None:
    logits, targets = random_split(taxonomy, seed, num_images)
    targets = hide(targets, seed, missing)
    expected = scores_of_labelled(logits, targets, taxonomy)
    assert score(logits, targets, taxonomy) == pytest.approx(expected, abs=1e-6)


@given(taxonomies(), st.integers(0, 2**32 - 1), st.integers(2, 30))
def test_weights_score_the_resampled_images(taxonomy: Taxonomy, seed: int, num_images: int) -> None:
    logits, targets = random_split(taxonomy, seed, num_images)
    targets = hide(targets, seed, 0.5)
    drawn = np.random.default_rng(seed).integers(0, num_images, num_images)
    weights = np.bincount(drawn, minlength=num_images)
    expected = scores_of_labelled([level[drawn] for level in logits], targets[drawn], taxonomy)
    scores = measure(logits, targets, taxonomy)
    # Bins and thresholds are those of the sample as it is.
    of_sample = {"hierarchical_aurc", *(f"ece.{level}" for level in taxonomy.level_names)}
    for name in expected.keys() - of_sample:
        assert weighted(scores[name], weights) == pytest.approx(expected[name], abs=1e-6), name


@given(taxonomies(), st.integers(0, 2**32 - 1))
def test_where_nothing_is_missing_no_term_is_added(taxonomy: Taxonomy, seed: int) -> None:
    logits, targets = random_split(taxonomy, seed, 9)
    scores = measure(logits, targets, taxonomy)
    assert scores[f"accuracy.{taxonomy.level_names[0]}"].terms.shape == (9, 1)


def test_weights_that_draw_no_labelled_image_leave_the_score_as_it_is() -> None:
    chosen = np.array([True, True, False])
    additive = over_labelled(share(np.array([True, False])), chosen)
    assert weighted(additive, np.array([0, 0, 3])) == additive.value == 0.5


def test_a_level_without_a_label_has_no_score() -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])
    targets = np.array([[0, -1], [1, -1]])
    found = score([np.eye(2), np.eye(3)[[0, 1]]], targets, taxonomy)
    assert {name.partition(".")[2] for name in found if name.startswith(("accuracy", "nll"))} == {"a"}
    assert {"consistency.a>b", "summed_accuracy.a", "hierarchical_f1"} < found.keys()
    assert not {"full_path_accuracy", "mistake_severity", "hierarchical_distance@1"} & found.keys()


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_without_a_tree_levels_are_scored_apart_and_all_together(seed: int, num_images: int) -> None:
    levels = [Level("colour", ("red", "blue", "green")), Level("shape", ("bar", "disc"))]
    taxonomy = Taxonomy.without_tree(levels)
    rng = np.random.default_rng(seed)
    logits = [rng.normal(size=(num_images, level.num_classes)) for level in levels]
    targets = np.stack([rng.integers(-1, level.num_classes, num_images) for level in levels], axis=1)
    targets[0] = 0
    found = score(logits, targets, taxonomy)
    alone = {}
    for i, level in enumerate(levels):
        chosen = targets[:, i] >= 0
        alone |= score([logits[i][chosen]], targets[chosen, i : i + 1], Taxonomy((level,), ()))
    chosen = (targets >= 0).all(axis=1)
    preds = np.stack([level.argmax(axis=1) for level in logits], axis=1)
    alone["full_path_accuracy"] = np.mean((preds == targets)[chosen].all(axis=1))
    assert found == pytest.approx(alone)


def test_a_score_rests_on_its_labelled_images_and_on_fewer_where_they_weigh_unequally() -> None:
    """Of 10 images, one without a label; 6 of one class, 3 of another: 1 / (6 / 12^2 + 3 / 6^2) = 8."""
    targets = np.array([[-1], *([[0]] * 6), *([[1]] * 3)])
    taxonomy = Taxonomy.from_names(["a"], [("x",), ("y",)])
    logits = [np.eye(2)[np.maximum(targets[:, 0], 0)]]
    scores = measure(logits, targets, taxonomy)
    assert scores["accuracy.a"].weighs_as == 9
    assert scores["balanced_accuracy.a"].weighs_as == pytest.approx(8)
    assert scores["macro_f1.a"].weighs_as == pytest.approx(8)
