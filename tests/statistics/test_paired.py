import numpy as np
import pytest
from scipy import stats

from taskgraft.statistics.paired import paired_interval


def test_the_seed_part_is_the_paired_t_interval() -> None:
    # Constant within a seed: no image variance, so only the t interval over the seeds is left.
    per_seed = np.array([0.02, 0.05, 0.03, 0.01])
    interval = paired_interval(np.repeat(per_seed[:, None], 100, axis=1))
    expected = stats.ttest_1samp(per_seed, 0).confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_one_seed_leaves_the_normal_interval_over_images() -> None:
    differences = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], (1, 400))
    interval = paired_interval(differences)
    half = stats.norm.ppf(0.975) * stats.sem(differences[0])
    assert interval.num_seeds == 1
    assert interval.high - interval.estimate == pytest.approx(half)


def test_both_parts_are_added_in_quadrature() -> None:
    differences = np.random.default_rng(1).normal(0.1, 1, (3, 50))
    seeds = stats.t.ppf(0.975, 2) * stats.sem(differences.mean(1))
    images = stats.norm.ppf(0.975) * stats.sem(differences.mean(0))
    interval = paired_interval(differences)
    assert interval.high - interval.estimate == pytest.approx(np.hypot(seeds, images))


def test_swapping_the_two_mirrors_the_interval() -> None:
    differences = np.random.default_rng(2).normal(0.2, 1, (4, 30))
    one, other = paired_interval(differences), paired_interval(-differences)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert one.excludes_zero == other.excludes_zero


@pytest.mark.parametrize("num_seeds", [2, 3, 5])
def test_under_the_null_at_most_the_stated_share_is_called_a_difference(num_seeds: int) -> None:
    rng = np.random.default_rng(num_seeds)
    images = rng.normal(0, 0.3, (400, 1, 200))
    seeds = rng.normal(0, 0.01, (400, num_seeds, 1))
    noise = rng.normal(0, 0.3, (400, num_seeds, 200))
    called = np.mean([paired_interval(d).excludes_zero for d in images + seeds + noise])
    assert called <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)
