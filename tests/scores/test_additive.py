import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.errors import RequestError
from taskgraft.scores import (
    DECODINGS,
    Additive,
    about,
    accuracy,
    additive_scores,
    brier,
    consistency,
    expected_calibration_error,
    hierarchical_f1,
    lca_heights,
    mistake_severity,
    negative_log_likelihood,
    probs_of,
)
from taskgraft.scores._additive import About
from taskgraft.scores._calibration import NUM_BINS, equal_mass_bins
from taskgraft.scores._hierarchy import full_path_accuracy
from taskgraft.scores._level import balanced_accuracy, macro_f1, top_k_accuracy
from taskgraft.scores._path import hierarchical_precision, hierarchical_recall
from taskgraft.scores._severity import hierarchical_distance
from taskgraft.taxonomy import Level, Taxonomy


@st.composite
def taxonomies(draw: st.DrawFn) -> Taxonomy:
    """Up to four levels; names hold what a name of a score must survive."""
    names = draw(st.permutations(["coarse", "a.b", "c > d", "fine grained"]))[: draw(st.integers(1, 4))]
    steps = draw(st.lists(st.integers(1, 7), min_size=len(names), max_size=len(names)))
    num_classes = (np.cumsum(steps) + 1).tolist()
    parents = []
    for coarser, finer in zip(num_classes, num_classes[1:], strict=False):
        extra = draw(
            st.lists(st.integers(0, coarser - 1), min_size=finer - coarser, max_size=finer - coarser)
        )
        parents.append(tuple(draw(st.permutations([*range(coarser), *extra]))))
    levels = (Level(n, tuple(map(str, range(k)))) for n, k in zip(names, num_classes, strict=True))
    return Taxonomy(tuple(levels), tuple(parents))


def random_split(taxonomy: Taxonomy, seed: int, num_images: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Logits that know something of the targets, and the targets."""
    rng = np.random.default_rng(seed)
    leaves = rng.integers(0, taxonomy.num_classes[-1], num_images)
    targets = np.stack([taxonomy.ancestors(level)[leaves] for level in range(taxonomy.num_levels)], axis=1)
    hints = [2 * np.eye(k)[targets[:, i]] for i, k in enumerate(taxonomy.num_classes)]
    return [(hint + rng.normal(size=hint.shape)).astype(np.float32) for hint in hints], targets


def pure_scores(logits: Sequence[np.ndarray], targets: np.ndarray, taxonomy: Taxonomy) -> dict[str, float]:
    """The same scores, each from the function of `taskgraft.metrics` that defines it."""
    found: dict[str, float] = {}
    names, probs = taxonomy.level_names, [probs_of(level) for level in logits]
    preds, summed = (DECODINGS[name](probs, taxonomy) for name in ("independent", "summed"))
    for i, name in enumerate(names):
        of_preds, of_targets = preds[:, i], targets[:, i]
        found[f"accuracy.{name}"] = accuracy(of_preds, of_targets)
        if taxonomy.num_classes[i] > 5:
            found[f"top5_accuracy.{name}"] = top_k_accuracy(logits[i], of_targets, 5)
        found[f"balanced_accuracy.{name}"] = balanced_accuracy(of_preds, of_targets)
        found[f"macro_f1.{name}"] = macro_f1(of_preds, of_targets)
        found[f"nll.{name}"] = negative_log_likelihood(logits[i], of_targets)
        found[f"brier.{name}"] = brier(probs[i], of_targets)
        found[f"ece.{name}"] = expected_calibration_error(probs[i], of_targets)
    if taxonomy.num_levels == 1:
        return found
    for i in range(1, taxonomy.num_levels):
        name = f"consistency.{names[i - 1]}>{names[i]}"
        found[name] = consistency(preds[:, i - 1], preds[:, i], taxonomy.parents_of(i))
    for i, name in enumerate(names[:-1]):
        found[f"summed_accuracy.{name}"] = accuracy(summed[:, i], targets[:, i])
    found["full_path_accuracy"] = full_path_accuracy(preds, targets)
    heights = lca_heights(taxonomy)
    found["mistake_severity"] = mistake_severity(preds[:, -1], targets[:, -1], heights)
    for k in (1, 5, 20):
        if k <= taxonomy.num_classes[-1]:
            distance = hierarchical_distance(logits[-1], targets[:, -1], heights, k)
            found[f"hierarchical_distance@{k}"] = distance
    found["hierarchical_precision"] = hierarchical_precision(preds, targets)
    found["hierarchical_recall"] = hierarchical_recall(preds, targets)
    found["hierarchical_f1"] = hierarchical_f1(preds, targets)
    return found


def weighted(additive: Additive, weights: np.ndarray) -> float:
    return float(additive.finish(weights @ additive.terms / weights.sum()))


@given(taxonomies(), st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_every_score_is_its_pure_function(taxonomy: Taxonomy, seed: int, num_images: int) -> None:
    logits, targets = random_split(taxonomy, seed, num_images)
    expected = pure_scores(logits, targets, taxonomy)
    scores = additive_scores(logits, targets, taxonomy)
    assert list(scores) == list(expected)
    for name, additive in scores.items():
        assert len(additive.terms) == num_images
        assert float(additive.finish(additive.terms.mean(axis=0))) == pytest.approx(
            expected[name], abs=1e-6
        ), name


@given(taxonomies(), st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_weights_score_the_resampled_images(taxonomy: Taxonomy, seed: int, num_images: int) -> None:
    logits, targets = random_split(taxonomy, seed, num_images)
    drawn = np.random.default_rng(seed).integers(0, num_images, num_images)
    weights = np.bincount(drawn, minlength=num_images)
    expected = pure_scores([level[drawn] for level in logits], targets[drawn], taxonomy)
    scores = additive_scores(logits, targets, taxonomy)
    for name in expected.keys() - {f"ece.{level}" for level in taxonomy.level_names}:
        assert weighted(scores[name], weights) == pytest.approx(expected[name], abs=1e-9), name


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_calibration_error_of_resampled_images_keeps_the_bins_of_the_sample(
    seed: int, num_images: int
) -> None:
    taxonomy = Taxonomy.from_names(["only"], [(str(k),) for k in range(6)])
    (logits,), targets = random_split(taxonomy, seed, num_images)
    drawn = np.random.default_rng(seed).integers(0, num_images, num_images)
    probs = probs_of(logits)
    confidences, is_right = probs.max(1), probs.argmax(1) == targets[:, 0]
    bins = equal_mass_bins(confidences)[drawn]
    gaps = [np.sum((confidences[drawn] - is_right[drawn])[bins == b]) for b in range(NUM_BINS)]
    got = weighted(
        additive_scores([logits], targets, taxonomy)["ece.only"], np.bincount(drawn, minlength=num_images)
    )
    assert got == pytest.approx(np.abs(gaps).sum() / num_images)


@given(taxonomies(), st.integers(0, 2**32 - 1))
def test_many_resamples_are_finished_at_once(taxonomy: Taxonomy, seed: int) -> None:
    logits, targets = random_split(taxonomy, seed, 12)
    weights = np.random.default_rng(seed).multinomial(12, np.full(12, 1 / 12), size=(2, 3))
    for name, additive in additive_scores(logits, targets, taxonomy).items():
        together = additive.finish(weights @ additive.terms / 12)
        assert together.shape == (2, 3)
        one_by_one = [[weighted(additive, row) for row in rows] for rows in weights]
        np.testing.assert_allclose(together, one_by_one, atol=1e-12, err_msg=name)


def test_no_mistake_has_no_severity() -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("y", "3")])
    logits, targets = [np.eye(2)[[0, 1]], np.eye(3)[[0, 1]]], np.array([[0, 0], [1, 1]])
    severity = additive_scores(logits, targets, taxonomy)["mistake_severity"]
    assert severity.finish(severity.terms.mean(axis=0)) == 0


def test_ten_thousand_images_of_a_hundred_leaves_take_well_under_a_second() -> None:
    taxonomy = Taxonomy.from_names(["coarse", "fine"], [(str(k // 5), str(k)) for k in range(100)])
    logits, targets = random_split(taxonomy, 0, 10_000)
    start = time.process_time()
    scores = additive_scores(logits, targets, taxonomy)
    assert time.process_time() - start < 1
    assert sum(additive.terms.shape[1] for additive in scores.values()) < 600


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("accuracy.fine", "fine accuracy"),
        ("top5_accuracy.fine", "fine top-5 accuracy"),
        ("nll.v1.2 {odd} > name", "v1.2 {odd} > name NLL"),
        ("consistency.coarse>fine", "fine in coarse"),
        ("consistency.a.b>c d", "c d in a.b"),
        ("consistency.a>b>c", "consistency of a>b>c"),
        ("summed_accuracy.coarse", "summed coarse accuracy"),
        ("full_path_accuracy", "full path"),
        ("mistake_severity", "mistake severity"),
        ("hierarchical_distance@20", "top-20 distance"),
    ],
)
def test_labels_name_the_level(name: str, label: str) -> None:
    assert about(name).label == label


@given(taxonomies(), st.integers(0, 2**32 - 1))
def test_every_score_has_a_label_of_its_own_and_a_unit(taxonomy: Taxonomy, seed: int) -> None:
    scores = additive_scores(*random_split(taxonomy, seed, 3), taxonomy)
    found = [about(name) for name in scores]
    assert len({entry.label for entry in found}) == len(found)
    assert {entry.unit for entry in found} <= {"%", "nats", ""}


def test_losses_and_distances_are_better_lower() -> None:
    assert about("accuracy.x") == About("x accuracy", "%", is_higher_better=True)
    for name in ("nll.x", "brier.x", "ece.x", "mistake_severity", "hierarchical_distance@1"):
        assert not about(name).is_higher_better


@pytest.mark.parametrize(
    "name", ["acuracy.fine", "accuracy", "accuracy.", "mistake_severity.fine", "hierarchical_distance@2", ""]
)
def test_a_score_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match=r"Expected score to be one of accuracy, .*, but got "):
        about(name)
