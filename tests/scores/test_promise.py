import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import betabinom, binom, norm

from taskgraft.scores import MOST_CRITICAL, MOST_THRESHOLD, Promise, critical_values, depths_at


def promise(num_images: int, num_critical: int | None = None) -> Promise:
    """Critical values i / 1000, the first of them of images that are always right."""
    num_critical = num_images if num_critical is None else num_critical
    return Promise.of(np.append(np.zeros(num_images - num_critical), np.arange(1, num_critical + 1) / 1000))


def rank(one: Promise, target: float, **of: float) -> int | None:
    """How many images are answered rightly at the threshold."""
    threshold = one.threshold(target, **of)
    if threshold is None:
        return None
    return one.num_images - one.num_critical + round(threshold * 1000)


SURE = st.floats(0, 1)


@given(
    st.lists(st.tuples(SURE, SURE, st.booleans(), st.booleans()), min_size=1), st.floats(0, MOST_THRESHOLD)
)
def test_an_answer_is_right_just_from_its_critical_value_on(rows: list, threshold: float) -> None:
    sure = np.minimum.accumulate(np.array([row[:2] for row in rows]), axis=1)
    preds = np.zeros((len(rows), 2), int)
    targets = np.array([[int(row[2]), int(row[3])] for row in rows])
    critical = critical_values(sure, preds, targets)
    for depth, truth, at in zip(depths_at(sure, threshold), targets, critical, strict=True):
        is_right = not truth[:depth].any()
        # Between a certainty and the seven digits just above it an answer is right already.
        if threshold < at - 2e-7 or threshold >= at:
            assert is_right == (threshold >= at)


def test_images_without_a_label_at_some_level_are_left_out_whatever_is_predicted() -> None:
    sure, preds = np.array([[0.9, 0.5]] * 4), np.array([[0, 0]] * 4)
    targets = np.array([[0, 0], [1, -1], [0, -1], [-1, 0]])
    assert critical_values(sure, preds, targets).tolist() == [0.0]
    assert len(critical_values(sure, preds, np.full((4, 2), -1))) == 0


def test_a_class_that_is_certain_and_wrong_needs_more_than_certainty() -> None:
    critical = critical_values(np.array([[1.0]]), np.array([[0]]), np.array([[1]]))
    assert critical.tolist() == [MOST_THRESHOLD]
    assert depths_at(np.array([[1.0]]), MOST_THRESHOLD).tolist() == [0]


def test_a_class_that_is_never_said_is_never_wrong() -> None:
    assert critical_values(np.array([[-1.0]]), np.array([[0]]), np.array([[1]])).tolist() == [0.0]


@given(st.integers(1, 400), st.floats(0.3, 0.999), st.floats(0.5, 0.999))
def test_the_rank_is_the_least_that_keeps_the_promise(n: int, target: float, confidence: float) -> None:
    # By brute force: were less than the target right at the k-th, k or more would be so this rarely.
    chances = binom.cdf(np.arange(n), n, target)
    assume(np.abs(chances - confidence).min() > 1e-9)
    kept = np.flatnonzero(chances >= confidence) + 1
    assert rank(promise(n), target, confidence=confidence) == (kept[0] if len(kept) else None)


@given(st.integers(1, 200), st.integers(1, 200), st.floats(0.3, 0.99))
def test_for_future_images_the_rank_is_that_of_a_beta_binomial(n: int, future: int, target: float) -> None:
    wanted = math.ceil(target * future - 1e-9)
    chances = [betabinom.sf(wanted - 1, future, k, n + 1 - k) for k in range(1, n + 1)]
    got = rank(promise(n), target, num_future=future)
    if got is None:
        assert max(chances) < 0.95 + 1e-9
    else:
        assert chances[got - 1] >= 0.95 - 1e-9
        assert got == 1 or chances[got - 2] < 0.95 + 1e-9


def test_a_promise_for_a_few_images_costs_more_than_one_for_all_and_for_very_many_the_same() -> None:
    one = promise(1000)
    assert rank(one, 0.9, num_future=100) > rank(one, 0.9, num_future=1000) > rank(one, 0.9)
    assert rank(one, 0.9, num_future=10_000_000) == rank(one, 0.9)


def test_a_promise_for_one_image_is_that_of_conformal_prediction() -> None:
    # The (n + 1) q-th smallest of n covers one more with a chance of q: Vovk's quantile.
    assert rank(promise(199), 0.9, num_future=1, confidence=0.8) == math.ceil(200 * 0.8)


def test_too_few_images_promise_nothing_and_say_how_much_they_could() -> None:
    one = promise(58)
    assert one.threshold(0.95) is None
    assert one.highest_target() < 0.95
    assert promise(59).threshold(0.95) is not None
    assert promise(59).highest_target() == pytest.approx(0.95, abs=1e-3)
    assert one.threshold(one.highest_target() - 1e-6) == one.critical[-1]


def test_where_enough_is_always_right_everything_is_said() -> None:
    assert promise(100, 10).threshold(0.8) == 0.0
    assert promise(100, 40).threshold(0.8) > 0


def test_equal_critical_values_are_passed_together() -> None:
    one = Promise.of(np.array([0.0] * 40 + [0.5] * 50 + [0.7] * 10))
    assert one.threshold(0.6) == one.threshold(0.8) == 0.5
    assert one.threshold(0.9) == 0.7


@pytest.mark.parametrize("num_critical", [1999, 2000, 2001, 2999, 4001, 50_000])
def test_of_many_critical_values_some_stand_for_all_and_never_promise_too_much(num_critical: int) -> None:
    critical = np.sort(np.random.default_rng(0).uniform(1e-6, 1, num_critical))
    full = np.append(np.zeros(10_000), critical)
    kept = Promise.of(full)
    assert len(kept.critical) == min(num_critical, MOST_CRITICAL)
    assert kept.critical[-1] == critical[-1]
    exact = Promise(tuple(critical.tolist()), num_critical, len(full))
    for target in (0.1, 0.5, 0.7, 0.9, 0.99, 0.9995):
        got, best = kept.threshold(target), exact.threshold(target)
        assert got is not None
        assert best is not None
        # Never lower, and no more images are lost than one in two thousand of those that some get wrong.
        assert got >= best
        assert np.sum((full > best) & (full <= got)) <= -(-num_critical // MOST_CRITICAL)


def test_more_confidence_and_more_accuracy_cost_more() -> None:
    one = promise(2000)
    thresholds = [one.threshold(target) for target in (0.5, 0.7, 0.9, 0.99)]
    assert thresholds == sorted(thresholds)
    assert one.threshold(0.9, 0.5) < one.threshold(0.9, 0.95) < one.threshold(0.9, 0.999)


def test_promises_hold_over_draws_whatever_the_distribution() -> None:
    # Ties included: a lumpy distribution of critical values, a third of them 0.
    rng = np.random.default_rng(0)
    for target in (0.7, 0.9):
        kept = []
        for _ in range(2000):
            critical = np.maximum(np.round(rng.normal(0.2, 0.5, 150), 1), 0)
            threshold = Promise.of(critical).threshold(target)
            kept.append(_share_at_most(threshold) >= target)
        # Three standard errors below 95 %.
        assert np.mean(kept) >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 2000)


def _share_at_most(threshold: float) -> float:
    """Of the population above: the normal distribution, rounded to a digit."""
    return float(norm.cdf((math.floor(threshold * 10 + 1e-6) / 10 + 0.05 - 0.2) / 0.5))
