import numpy as np
import pytest
from hierarchical_selective import climb, coverage_of, path_up, risk_and_coverage, their_threshold
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft.scores import (
    Promise,
    along_path,
    certainties,
    critical_values,
    depths_at,
    fixed_level,
    most_probable_paths,
    risk_coverage,
    tree_probs,
)
from taskgraft.taxonomy import Taxonomy

SEEDS = st.integers(0, 2**32 - 1)


def predictions(taxonomy: Taxonomy, seed: int, num_images: int = 12) -> tuple[list, np.ndarray, np.ndarray]:
    """Probabilities that mean something, the most probable paths, and the truth."""
    rng = np.random.default_rng(seed)
    leaves = rng.integers(0, taxonomy.num_classes[-1], num_images)
    logits = [rng.normal(0, 1, (num_images, k)) for k in taxonomy.num_classes]
    logits[-1][np.arange(num_images), leaves] += 1
    weights = np.append(np.zeros(taxonomy.num_levels - 1), 1.0)
    probs = tree_probs(logits, weights, taxonomy)
    targets = np.stack([taxonomy.ancestors(i)[leaves] for i in range(taxonomy.num_levels)], axis=1)
    return probs, most_probable_paths(probs, taxonomy), targets


@settings(max_examples=30)
@given(taxonomies(), SEEDS)
def test_of_probabilities_along_the_path_the_curve_is_that_of_the_published_climbing_rule(
    taxonomy: Taxonomy, seed: int
) -> None:
    probs, preds, targets = predictions(taxonomy, seed)
    path_probs = along_path(probs, preds)
    curve = risk_coverage(path_probs, preds, targets, taxonomy)
    for threshold, coverage, risk in zip(curve.thresholds, curve.coverages, curve.risks, strict=True):
        # A breath below each, so that no rounding of a sum decides.
        expected = risk_and_coverage(probs[-1], targets[:, -1], threshold - 1e-9, taxonomy)
        assert (risk, coverage) == pytest.approx(expected)
    for threshold in (0.2, 0.5, 0.8):
        depths = depths_at(path_probs, threshold)
        for row, pred, depth in zip(probs[-1], preds, depths, strict=True):
            ours = coverage_of((depth - 1, pred[depth - 1]) if depth else None, taxonomy)
            assert ours == pytest.approx(coverage_of(climb(row, threshold, taxonomy), taxonomy))


@settings(max_examples=30)
@given(taxonomies(), SEEDS)
def test_critical_values_are_those_of_the_published_threshold_but_our_promise_asks_for_more(
    taxonomy: Taxonomy, seed: int
) -> None:
    probs, preds, targets = predictions(taxonomy, seed, 80)
    critical = critical_values(along_path(probs, preds), preds, targets)
    for target in (0.5, 0.7, 0.9):
        theirs = their_threshold(probs[-1], targets[:, -1], target, taxonomy)
        k = int(np.ceil(81 * target))
        assert np.sort(critical)[k - 1] == pytest.approx(theirs, abs=2e-7)
        ours = Promise.of(critical).threshold(target)
        assert ours is not None
        assert ours >= theirs
        assert Promise.of(critical).threshold(target, 0.5) == pytest.approx(theirs, abs=0.2)


def by_hand(sure: np.ndarray, preds: np.ndarray, targets: np.ndarray, taxonomy: Taxonomy) -> list[tuple]:
    """Coverage and risk at every threshold that changes something, from the highest."""
    points = [(0.0, 0.0)]
    for threshold in sorted({t for t in sure.ravel().tolist() if t >= 0}, reverse=True):
        answers = []
        for row, pred, truth in zip(sure, preds, targets, strict=True):
            said = 0
            while said < len(row) and row[said] >= threshold:
                said += 1
            node = (said - 1, int(pred[said - 1])) if said else None
            answers.append((coverage_of(node, taxonomy), float((pred[:said] != truth[:said]).any())))
        points.append(tuple(np.mean(answers, axis=0).tolist()))
    return points


@settings(max_examples=30)
@given(taxonomies(), SEEDS)
def test_the_curve_is_that_of_every_threshold(taxonomy: Taxonomy, seed: int) -> None:
    probs, preds, targets = predictions(taxonomy, seed)
    sure = np.round(certainties(along_path(probs, preds), preds, taxonomy), 1)
    curve = risk_coverage(sure, preds, targets, taxonomy)
    np.testing.assert_allclose(
        np.stack([curve.coverages, curve.risks], axis=1), by_hand(sure, preds, targets, taxonomy), atol=1e-12
    )
    # Everything is said at the end: as much as can be, wrong wherever the path is.
    assert curve.coverages[-1] == pytest.approx(1.0)
    assert curve.risks[-1] == pytest.approx(np.mean((preds != targets).any(axis=1)))
    assert (np.diff(curve.coverages) >= 0).all()


def test_a_fixed_level_ends_at_what_its_classes_tell() -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3"), ("y", "4")])
    answers = fixed_level(np.log([[0.9, 0.1], [0.4, 0.6]]), 0, taxonomy)
    targets = np.array([[0, 1], [0, 0]])
    curve = risk_coverage(answers.certainties, answers.preds, targets, taxonomy)
    assert curve.coverages.tolist() == [0.0, 0.25, 0.5]
    assert curve.risks.tolist() == [0.0, 0.0, 0.5]
    assert curve.area == pytest.approx(0.0625)
    assert (curve.coverage_at(0.49), curve.coverage_at(0.5)) == (0.25, 0.5)


def test_images_without_all_labels_are_left_out_and_without_any_the_curve_is_a_point() -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3"), ("y", "4")])
    sure, preds = np.array([[0.9, 0.6], [0.8, 0.7]]), np.array([[0, 0], [1, 2]])
    half = risk_coverage(sure, preds, np.array([[0, 0], [0, -1]]), taxonomy)
    alone = risk_coverage(sure[:1], preds[:1], np.array([[0, 0]]), taxonomy)
    np.testing.assert_array_equal(half.coverages, alone.coverages)
    nothing = risk_coverage(sure, preds, np.full((2, 2), -1), taxonomy)
    assert (nothing.coverages.tolist(), nothing.risks.tolist(), nothing.area) == ([0.0], [0.0], 0.0)


def test_weighing_what_is_told_tells_more_than_probability_alone_where_probabilities_hold() -> None:
    # Leaves drawn from the very probabilities that are predicted, a deep tree.
    names = [(str(i // 32), str(i // 16), str(i // 4), str(i)) for i in range(64)]
    taxonomy = Taxonomy.from_names(["a", "b", "c", "d"], names)
    rng = np.random.default_rng(0)
    num_images = 20_000
    leaves = rng.dirichlet(np.full(64, 0.02), num_images)
    logits = [np.zeros((num_images, k)) for k in taxonomy.num_classes[:-1]] + [np.log(leaves + 1e-30)]
    probs = tree_probs(logits, np.array([0, 0, 0, 1.0]), taxonomy)
    preds = most_probable_paths(probs, taxonomy)
    drawn = (leaves.cumsum(axis=1) > rng.uniform(size=(num_images, 1))).argmax(axis=1)
    targets = np.stack([taxonomy.ancestors(i)[drawn] for i in range(4)], axis=1)
    path_probs = along_path(probs, preds)
    ours = risk_coverage(certainties(path_probs, preds, taxonomy), preds, targets, taxonomy)
    theirs = risk_coverage(path_probs, preds, targets, taxonomy)
    assert ours.area < theirs.area
    for risk in (0.02, 0.05, 0.1, 0.2, 0.3):
        assert ours.coverage_at(risk) >= theirs.coverage_at(risk)
        for level in range(4):
            plain = fixed_level(np.log(probs[level]), level, taxonomy)
            fixed = risk_coverage(plain.certainties, plain.preds, targets, taxonomy)
            assert ours.coverage_at(risk) >= fixed.coverage_at(risk)


def test_the_path_of_the_reference_ends_at_the_root() -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2")])
    assert path_up(1, taxonomy) == [(1, 1), (0, 1), None]
