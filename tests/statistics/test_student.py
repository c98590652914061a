"""Intervals of shares: against closed forms of others, and by what they cover near an end.

`python -m pytest -m slow tests/statistics/test_student.py -s` prints the tables of `docs/statistics.md`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq
from simulated_study import moments
from test_simulation import at_most, show

from taskgraft.errors import RequestError
from taskgraft.statistics import Bounds, Interval, contrast_interval, image_weights, unpaired_interval
from taskgraft.statistics._student import student_interval
from taskgraft.statistics._two_way import two_way_error

SHARE, DIFFERENCE = (0.0, 1.0), (-1.0, 1.0)


def of_one_sample(right: int, num_images: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of one run that gets so many images right."""
    share = right / num_images
    error = math.sqrt(share * (1 - share) / num_images)
    interval = student_interval(share, error, math.inf, 1, level, Bounds(*SHARE, num_images))
    return interval.low, interval.high


@pytest.mark.parametrize("right", [0, 1, 7, 32, 63, 64])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_a_share_of_one_sample_has_wilson_s_interval(right: int, level: float) -> None:
    expected = stats.binomtest(right, 64).proportion_ci(level, method="wilson")
    assert of_one_sample(right, 64, level) == pytest.approx((expected.low, expected.high))


def tango_high(num_images: int, more: int, fewer: int) -> float:
    """Upper end of Tango's interval of a difference of paired shares, by its score equation.

    Args:
        num_images: N.
        more: Images that only the first gets right.
        fewer: Images that only the second gets right.
    """

    def excess(difference: float) -> float:
        b = (2 * num_images - more + fewer) * difference - more - fewer
        c = -fewer * difference * (1 - difference)
        rest = (math.sqrt(b * b - 8 * num_images * c) - b) / (4 * num_images)
        variance = num_images * (2 * rest + difference * (1 - difference))
        return (num_images * difference - more + fewer) / math.sqrt(variance) - stats.norm.ppf(0.975)

    return float(brentq(excess, (more - fewer) / num_images + 1e-9, 1 - 1e-9))


@pytest.mark.parametrize("num_images", [20, 1000])
def test_where_no_two_images_disagree_a_difference_has_tango_s_interval(num_images: int) -> None:
    interval = student_interval(0.0, 0.0, math.inf, 3, bounds=Bounds(*DIFFERENCE, num_images))
    high = tango_high(num_images, 0, 0)
    assert (interval.low, interval.high) == pytest.approx((-high, high))
    assert interval.p == 1


def test_far_from_the_ends_it_is_student_s_interval() -> None:
    bounds = Bounds(*DIFFERENCE, 10_000)
    for error, freedom in ((0.002, 4.0), (0.004, 30.0)):
        plain = student_interval(0.01, error, freedom, 5)
        within = student_interval(0.01, error, freedom, 5, bounds=bounds)
        assert (within.low, within.high) == pytest.approx((plain.low, plain.high), abs=1e-5)
        assert within.p == pytest.approx(plain.p, rel=1e-3)


@given(
    estimate=st.floats(-1, 1),
    error=st.floats(0, 1),
    freedom=st.floats(1, 1e6),
    num_images=st.integers(1, 100_000),
    level=st.sampled_from([0.5, 0.8, 0.95, 0.99]),
)
def test_it_stays_within_its_ends_and_excludes_zero_when_p_says_so(
    estimate: float, error: float, freedom: float, num_images: int, level: float
) -> None:
    interval = student_interval(estimate, error, freedom, 2, level, Bounds(*DIFFERENCE, num_images))
    assert -1 <= interval.low <= estimate <= interval.high <= 1
    assert interval.high - interval.low > 0
    assert interval.p is not None
    if abs(interval.p - (1 - level)) > 1e-9:
        assert interval.excludes_zero == (interval.p < 1 - level)
    turned = student_interval(-estimate, error, freedom, 2, level, Bounds(*DIFFERENCE, num_images))
    assert (turned.low, turned.high) == pytest.approx((-interval.high, -interval.low))
    assert turned.p == pytest.approx(interval.p)


def test_more_images_that_agree_say_more() -> None:
    highs = [of_one_sample(0, num_images)[1] for num_images in (1, 10, 100, 10_000)]
    assert highs == sorted(highs, reverse=True)
    assert highs[0] > 0.5


def test_a_difference_of_everything_on_three_images_is_not_detected() -> None:
    """One variant gets all right and the other nothing: of three images, that may be chance."""
    values, draws = np.ones(2), np.ones((2, 10))
    few, many = (contrast_interval(values, draws, bounds=Bounds(*DIFFERENCE, n)) for n in (3, 300))
    assert not few.excludes_zero
    assert few.p == pytest.approx(2 * stats.norm.sf(math.sqrt(3)))
    assert many.is_detectable


def test_seeds_of_two_studies_that_are_all_right_leave_room() -> None:
    runs = np.ones(3), np.ones((3, 10))
    interval = unpaired_interval(runs, runs, bounds=Bounds(*DIFFERENCE, 96))
    half = 1.959964**2 / (96 + 1.959964**2)
    assert (interval.low, interval.high) == pytest.approx((-half, half))


def test_what_lies_outside_of_its_ends_has_none() -> None:
    bounds = Bounds(*SHARE, 50)
    assert student_interval(1.2, 0.1, 9, 3, bounds=bounds) == student_interval(1.2, 0.1, 9, 3)


@pytest.mark.parametrize("ends", [(1, 0, 10), (0, 0, 10), (0, 1, 0)])
def test_ends_that_make_no_sense_are_refused(ends: tuple[float, float, float]) -> None:
    with pytest.raises(RequestError, match="one below the other, with images between them"):
        Bounds(*ends)


def rights_near_the_end(
    share: float, num_images: int, num_seeds: int, alike: float, rng: np.random.Generator
) -> np.ndarray:
    """Whether runs of one variant are right on each image, (1, S, N), of images that are hard together.

    The chance of each image to be got right is drawn from a beta distribution of that mean.

    Args:
        share: The true accuracy, near 0.
        num_images: N.
        num_seeds: S.
        alike: How alike images are: at 0.05 all seeds get the same images right, at 1,000 any.
        rng: What is drawn from.
    """
    chances = rng.beta(share * alike, (1 - share) * alike, num_images)
    return (rng.random((1, num_seeds, num_images)) < chances).astype(np.float32)


def intervals(rights: np.ndarray, contrast: np.ndarray, bounds: Bounds | None) -> Interval:
    """The interval of a contrast, (A,), of runs, (A, S, N), with bootstrap variances in closed form."""
    (values,), (covariances,) = moments(rights, contrast[None])
    num_seeds = len(values)
    if num_seeds == 1:
        error, freedom = math.sqrt(covariances.mean()), math.inf
    else:
        seed_variance, run_variance = values.var(ddof=1), covariances.diagonal().mean()
        found = two_way_error(seed_variance, covariances.mean(), run_variance, num_seeds)
        error, freedom = map(float, found)
    return student_interval(float(values.mean()), error, freedom, num_seeds, bounds=bounds)


EXPECTED = (0.5, 1, 2, 3, 5, 10)
SEEDS = (1, 2, 3, 5, 10)


def covered(
    expected: float, num_seeds: int, alike: float, num_trials: int, bounds: Bounds | None = None
) -> float:
    """Share of intervals that hold the true accuracy of so many images right, of 100."""
    share, held = expected / 100, 0
    for trial in range(num_trials):
        rights = rights_near_the_end(share, 100, num_seeds, alike, np.random.default_rng((7, trial)))
        interval = intervals(rights, np.ones(1), bounds)
        held += interval.low <= share <= interval.high
    return held / num_trials


def covered_by_wilson(expected: float) -> float:
    """The exact share of Wilson's intervals of one sample of 100 that hold the true share."""
    ends = [stats.binomtest(right, 100).proportion_ci(method="wilson") for right in range(101)]
    holds = [end.low <= expected / 100 <= end.high for end in ends]
    return float(stats.binom.pmf(range(101), 100, expected / 100) @ holds)


@pytest.mark.parametrize("num_seeds", [1, 3])
@pytest.mark.parametrize("alike", [0.05, 1.0])
@pytest.mark.parametrize("expected", EXPECTED)
def test_near_the_end_intervals_cover_as_wilson_s_do(expected: float, alike: float, num_seeds: int) -> None:
    """Wilson's cover 95 % on average over shares; of shares near the end 91 to 98, as so few can occur."""
    missed = 1 - covered(expected, num_seeds, alike, 400, Bounds(*SHARE, 100))
    assert missed <= at_most(max(0.05, 1 - covered_by_wilson(expected)), 400)


def test_near_the_end_intervals_without_ends_did_not_cover() -> None:
    """What the ends are for: of a true 1 in 100, two intervals of five lay at zero alone."""
    assert covered(1, 3, 0.05, 300) < 0.75


def test_the_variances_are_those_of_drawn_images() -> None:
    rights = rights_near_the_end(0.05, 200, 3, 1.0, np.random.default_rng(1))
    bounds = Bounds(*SHARE, 200)
    expected = intervals(rights, np.ones(1), bounds)
    drawn = contrast_interval(rights[0].mean(axis=1), rights[0] @ image_weights(200, 20_000).T, bounds=bounds)
    assert drawn.estimate == pytest.approx(expected.estimate)
    assert (drawn.low, drawn.high) == pytest.approx((expected.low, expected.high), rel=0.05)


def pairs_that_hardly_disagree(expected: float, num_seeds: int, num_trials: int) -> Iterator[np.ndarray]:
    """Runs of two variants, (2, S, 100): each spoils so many images of its own, expected, and no others."""
    for trial in range(num_trials):
        rng = np.random.default_rng((8, trial))
        spoilt = rng.random((2, num_seeds, 100)) < expected / 100
        yield (~spoilt).astype(np.float32)


@pytest.mark.parametrize("num_seeds", [2, 3, 5])
def test_variants_that_hardly_disagree_are_not_set_apart(num_seeds: int) -> None:
    contrast, bounds, held, claimed = np.array([1.0, -1.0]), Bounds(*DIFFERENCE, 100), 0, 0
    for rights in pairs_that_hardly_disagree(0.5, num_seeds, 400):
        interval = intervals(rights, contrast, bounds)
        held += interval.low <= 0 <= interval.high
        claimed += interval.p is not None and interval.p < 0.05
    assert 1 - held / 400 <= at_most(0.05, 400)
    assert claimed == 400 - held


@pytest.mark.slow
def test_coverage_near_the_end() -> None:
    num_trials, rows = 4000, []
    for alike, what in ((0.05, "the same"), (1.0, "some"), (1000.0, "any")):
        for expected in EXPECTED:
            shares = [covered(expected, n, alike, num_trials, Bounds(*SHARE, 100)) for n in SEEDS]
            assert min(shares) >= 0.9
            without = covered(expected, 3, alike, num_trials)
            rows.append((what, f"{expected:g}", *shares, without))
    header = ("images seeds get right", "expected right of 100", *(f"{n} seed{'s' * (n > 1)}" for n in SEEDS))
    title = f"Coverage of a score near its end, per cent of {num_trials:,} studies"
    show(title, (*header, "3 seeds, without ends"), rows)
