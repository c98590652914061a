import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import reference_scores

from taskgraft.errors import RequestError
from taskgraft.scores import (
    SCORES,
    Additive,
    LevelScore,
    Reweighted,
    about,
    mean,
    measure,
    probs_of,
    register_score,
)
from taskgraft.scores._calibration import NUM_BINS, equal_mass_bins
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


def weighted(additive: Additive, weights: np.ndarray) -> float:
    return float(additive.finish(weights @ additive.terms / weights.sum()))


@given(taxonomies(), st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_every_score_is_its_definition(taxonomy: Taxonomy, seed: int, num_images: int) -> None:
    logits, targets = random_split(taxonomy, seed, num_images)
    expected = reference_scores(logits, targets, taxonomy)
    scores = measure(logits, targets, taxonomy)
    assert list(scores) == list(expected)
    for name, additive in scores.items():
        assert additive.terms.shape[0] == num_images
        assert float(additive.finish(additive.terms.mean(axis=0))) == pytest.approx(
            expected[name], abs=1e-6
        ), name


@given(taxonomies(), st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_weights_score_the_resampled_images(taxonomy: Taxonomy, seed: int, num_images: int) -> None:
    logits, targets = random_split(taxonomy, seed, num_images)
    drawn = np.random.default_rng(seed).integers(0, num_images, num_images)
    weights = np.bincount(drawn, minlength=num_images)
    expected = reference_scores([level[drawn] for level in logits], targets[drawn], taxonomy)
    scores = measure(logits, targets, taxonomy)
    # Bins and thresholds are those of the sample as it is.
    of_sample = {"hierarchical_aurc", *(f"ece.{level}" for level in taxonomy.level_names)}
    for name in expected.keys() - of_sample:
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
    got = weighted(measure([logits], targets, taxonomy)["ece.only"], np.bincount(drawn, minlength=num_images))
    assert got == pytest.approx(np.abs(gaps).sum() / num_images)


@given(taxonomies(), st.integers(0, 2**32 - 1))
def test_many_resamples_are_finished_at_once(taxonomy: Taxonomy, seed: int) -> None:
    logits, targets = random_split(taxonomy, seed, 12)
    weights = np.random.default_rng(seed).multinomial(12, np.full(12, 1 / 12), size=6)
    for name, additive in measure(logits, targets, taxonomy).items():
        together = additive.finish((weights @ additive.terms / 12).reshape(2, 3, -1))
        assert together.shape == (2, 3)
        one_by_one = np.reshape([weighted(additive, row) for row in weights], (2, 3))
        np.testing.assert_allclose(together, one_by_one, atol=1e-12, err_msg=name)


def test_no_mistake_has_no_severity() -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("y", "3")])
    logits, targets = [np.eye(2)[[0, 1]], np.eye(3)[[0, 1]]], np.array([[0, 0], [1, 1]])
    severity = measure(logits, targets, taxonomy)["mistake_severity"]
    assert severity.finish(severity.terms.mean(axis=0)) == 0


def test_ten_thousand_images_of_a_hundred_leaves_take_well_under_a_second() -> None:
    taxonomy = Taxonomy.from_names(["coarse", "fine"], [(str(k // 5), str(k)) for k in range(100)])
    logits, targets = random_split(taxonomy, 0, 10_000)
    start = time.process_time()
    scores = measure(logits, targets, taxonomy)
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
    scores = measure(*random_split(taxonomy, seed, 3), taxonomy)
    entries = [about(name) for name in scores]
    assert len({entry.label for entry in entries}) == len(entries)
    assert {entry.unit for entry in entries} <= {"%", "nats", ""}
    assert all(entry.meaning.endswith(".") for entry in entries)


def test_losses_and_distances_are_better_lower() -> None:
    assert about("accuracy.x").is_higher_better
    for name in ("nll.x", "brier.x", "ece.x", "mistake_severity", "hierarchical_distance@1"):
        assert not about(name).is_higher_better


@pytest.mark.parametrize(
    "name", ["acuracy.fine", "accuracy", "accuracy.", "mistake_severity.fine", "hierarchical_distance@2", ""]
)
def test_a_score_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match=r"Expected score to be one of accuracy, .*, but got "):
        about(name)


def _median_confidence(level) -> Reweighted:
    confidences = np.sort(level.probs.max(axis=1))
    order = np.argsort(level.probs.max(axis=1))

    def under(weights: np.ndarray) -> np.ndarray:
        return confidences[(np.cumsum(weights[:, order], axis=1) >= 0.5).argmax(axis=1)]

    return Reweighted(float(np.median(confidences)), under)


@pytest.fixture
def two_more_scores() -> Iterator[None]:
    register_score(
        LevelScore(
            "confidence",
            "{} confidence",
            "Mean confidence.",
            "%",
            True,
            lambda level: mean(level.probs.max(axis=1)),
        )
    )
    register_score(LevelScore("median", "{} median", "Median confidence.", "%", True, _median_confidence))
    yield
    SCORES.remove("confidence")
    SCORES.remove("median")


@pytest.mark.usefixtures("two_more_scores")
def test_a_registered_score_is_measured_and_shown_like_any_other() -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("y", "3")])
    logits, targets = random_split(taxonomy, 0, 30)
    scores = measure(logits, targets, taxonomy)
    assert scores["confidence.b"].value == pytest.approx(probs_of(logits[1]).max(axis=1).mean())
    assert about("confidence.b").label == "b confidence"
    assert list(scores).index("confidence.a") < list(scores).index("accuracy.b")


@pytest.mark.usefixtures("two_more_scores")
def test_a_score_that_is_no_mean_is_computed_under_each_weighting() -> None:
    taxonomy = Taxonomy.from_names(["a"], [("1",), ("2",), ("3",)])
    logits, targets = random_split(taxonomy, 0, 31)
    targets[::4] = -1
    median = measure(logits, targets, taxonomy)["median.a"]
    confidences = probs_of(logits[0]).max(axis=1)
    assert median.value == np.median(confidences[targets[:, 0] >= 0])
    weights = np.random.default_rng(0).multinomial(31, np.full(31, 1 / 31), size=5) / 31
    weights[0] = np.where(targets[:, 0] < 0, 1 / 8, 0)  # draws no labelled image: nothing changes
    for draw, row in zip(median.under(weights), weights, strict=True):
        drawn = np.repeat(confidences, np.where(targets[:, 0] >= 0, np.round(31 * row).astype(int), 0))
        # Of an even number of images the lower of the two in the middle.
        expected = np.sort(drawn)[(len(drawn) - 1) // 2] if row[targets[:, 0] >= 0].any() else median.value
        assert draw == pytest.approx(expected)


@pytest.mark.parametrize("name", ["accuracy", "hierarchical_distance@5"])
def test_the_name_of_a_score_is_taken_once(name: str) -> None:
    with pytest.raises(RequestError, match=f"Expected the name of the score to be free, but got '{name}'"):
        register_score(LevelScore(name, "{}", "Taken.", "", True, lambda level: None))


def test_a_score_whose_name_has_a_dot_is_refused() -> None:
    with pytest.raises(RequestError, match="a small letter, then small letters"):
        register_score(LevelScore("my.score", "{}", "Dotted.", "", True, lambda level: None))
