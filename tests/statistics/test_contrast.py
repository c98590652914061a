import numpy as np
import pytest
from scipy import stats

from taskgraft.errors import DataError, RequestError
from taskgraft.statistics import contrast_interval, image_weights
from taskgraft.statistics._two_way import two_way_error


def drawn(differences: np.ndarray, num_draws: int = 500) -> np.ndarray:
    return differences @ image_weights(differences.shape[1], num_draws).T


def test_without_image_variance_it_is_the_t_test_over_seeds() -> None:
    values = np.array([0.02, 0.05, 0.03, 0.01])
    interval = contrast_interval(values, np.repeat(values[:, None], 50, axis=1))
    expected = stats.ttest_1samp(values, 0)
    bounds = expected.confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((bounds.low, bounds.high))
    assert interval.p == pytest.approx(expected.pvalue)


def test_without_seed_variance_it_is_the_normal_interval_over_images() -> None:
    common = np.random.default_rng(0).normal(0.1, 1, 400)
    differences = np.tile(common, (3, 1))
    draws = drawn(differences)
    interval = contrast_interval(differences.mean(axis=1), draws)
    half = stats.norm.ppf(0.975) * draws[0].std(ddof=1)
    assert interval.high - interval.estimate == pytest.approx(half)
    assert interval.p == pytest.approx(
        2 * stats.norm.sf(abs(interval.estimate) / draws[0].std(ddof=1)), rel=1e-6
    )


def test_one_seed_covers_the_images_only_and_has_no_p() -> None:
    differences = np.random.default_rng(1).normal(size=(1, 300))
    interval = contrast_interval(differences.mean(axis=1), drawn(differences, 20_000))
    assert interval.high - interval.estimate == pytest.approx(
        stats.norm.ppf(0.975) * stats.sem(differences[0]), rel=0.03
    )
    assert interval.p is None
    assert not interval.is_detectable


def test_the_error_is_the_variance_of_a_crossed_design() -> None:
    # var(seed) = 4, var(image) / N = 3, var(rest) / N = 2: the mean over 5 seeds has 4/5 + 3 + 2/5.
    error, freedom = two_way_error(4 + 2, 3 + 2 / 5, 3 + 2, num_seeds=5)
    assert error**2 == pytest.approx(4 / 5 + 3 + 2 / 5)
    assert freedom == pytest.approx(4 * (error**2 / (6 / 5)) ** 2)


def test_seeds_that_lie_close_together_by_luck_do_not_narrow_it_below_the_images() -> None:
    error, freedom = two_way_error(0, 3 + 2 / 5, 3 + 2, num_seeds=5)
    assert error**2 == pytest.approx(3 + 2 / 5)
    assert freedom == pytest.approx(4 * (1 + 3 / (2 / 5)) ** 2)


def test_a_negative_common_part_is_none() -> None:
    error, freedom = two_way_error(6.0, 0.5, 3.0, num_seeds=3)
    assert error**2 == pytest.approx(2)
    assert freedom == pytest.approx(2)


@pytest.mark.parametrize("num_seeds", [2, 3, 5])
def test_no_seeds_make_it_narrower_than_the_images_alone_nor_freer_than_they_are(num_seeds: int) -> None:
    differences = np.random.default_rng(num_seeds).normal(0, 1, (500, num_seeds, 40))
    image_variance = differences.mean(axis=1).var(axis=-1) / 40
    run_variance = differences.var(axis=-1).mean(axis=1) / 40
    seed_variance = differences.mean(axis=-1).var(axis=-1, ddof=1)
    error, freedom = two_way_error(seed_variance, image_variance, run_variance, num_seeds)
    assert np.all(error**2 >= np.maximum(image_variance, seed_variance / num_seeds) * (1 - 1e-9))
    assert np.all(freedom >= num_seeds - 1)


def test_the_error_takes_any_shape() -> None:
    error, freedom = two_way_error(np.ones((4, 1)), np.ones(3), 2.0, num_seeds=2)
    assert error.shape == freedom.shape == (4, 3)


def test_turning_the_contrast_around_mirrors_the_interval() -> None:
    differences = np.random.default_rng(2).normal(0.2, 1, (4, 100))
    values, draws = differences.mean(axis=1), drawn(differences)
    one, other = contrast_interval(values, draws), contrast_interval(-values, -draws)
    assert (one.low, one.high, one.p) == pytest.approx((-other.high, -other.low, other.p))


def test_scores_in_per_cent_give_the_same_answer() -> None:
    differences = np.random.default_rng(3).normal(0.2, 1, (3, 100))
    values, draws = differences.mean(axis=1), drawn(differences)
    one, other = contrast_interval(values, draws), contrast_interval(100 * values, 100 * draws)
    assert (other.low, other.high, other.p) == pytest.approx((100 * one.low, 100 * one.high, one.p))


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_the_interval_excludes_zero_when_p_is_below_its_level(level: float) -> None:
    for seed in range(20):
        differences = np.random.default_rng(seed).normal(0.2, 1, (3, 100))
        interval = contrast_interval(differences.mean(axis=1), drawn(differences, 50), level)
        assert interval.p is not None
        assert interval.excludes_zero == (interval.p < 1 - level)


def test_equal_runs_do_not_differ() -> None:
    interval = contrast_interval(np.zeros(3), np.zeros((3, 10)))
    assert (interval.estimate, interval.low, interval.high, interval.p) == (0, 0, 0, 1)


def test_what_adding_floats_leaves_is_no_difference() -> None:
    # Thirds that should cancel: 0.1 + 0.2 is not 0.3 in binary.
    interval = contrast_interval([0.1 + 0.2 - 0.3] * 2, np.zeros((2, 5)))
    assert not interval.excludes_zero
    assert interval.p == 1


def test_a_difference_that_never_varies_is_certain() -> None:
    interval = contrast_interval([0.1, 0.1], np.full((2, 5), 0.1))
    assert (interval.low, interval.high) == pytest.approx((0.1, 0.1))
    assert interval.p == pytest.approx(0)


def test_two_resamplings_are_enough_for_a_variance() -> None:
    interval = contrast_interval([0.01, 0.02], [[0.0, 0.02], [0.01, 0.03]])
    assert np.isfinite([interval.low, interval.high]).all()


@pytest.mark.parametrize(
    ("values", "draws"), [([0.1, np.nan], np.zeros((2, 5))), ([0.1, 0.2], [[0, np.inf], [0, 0]])]
)
def test_a_run_that_diverged_is_refused(values: list[float], draws: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"1 of \d+ that are NaN or infinite"):
        contrast_interval(values, draws)


@pytest.mark.parametrize(
    ("values", "draws", "level", "message"),
    [
        ([], np.zeros((0, 5)), 0.95, "one number a seed"),
        (np.zeros((2, 2)), np.zeros((2, 5)), 0.95, "one number a seed"),
        ([0.1, 0.2], np.zeros((3, 5)), 0.95, r"of shape \(2, R\)"),
        ([0.1, 0.2], np.zeros((2, 1)), 0.95, "at least 2 resamplings"),
        ([0.1, 0.2], np.zeros((2, 5)), 95, "between 0 and 1"),
    ],
)
def test_shapes_that_make_no_sense_are_refused(
    values: np.ndarray, draws: np.ndarray, level: float, message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        contrast_interval(values, draws, level)
