import numpy as np
import pytest
from scipy import stats

from taskgraft.errors import DataError, RequestError
from taskgraft.statistics import sign_flip_p, smallest_p


@pytest.mark.parametrize("num_seeds", [2, 3, 5, 8])
def test_it_agrees_with_scipy(num_seeds: int) -> None:
    differences = np.random.default_rng(num_seeds).normal(0.3, 1, num_seeds)
    expected = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip_p(differences) == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("num_seeds", [1, 2, 3, 5, 10, 20])
def test_differences_of_one_sign_give_the_smallest_p(num_seeds: int) -> None:
    differences = np.linspace(0.01, 0.02, num_seeds)
    assert sign_flip_p(differences) == sign_flip_p(-differences) == smallest_p(num_seeds)


def test_patterns_that_tie_are_counted_whatever_the_last_bits_say() -> None:
    # 0.1 + 0.2 - 0.3 is not 0 in binary, and its sign depends on the order of adding.
    assert sign_flip_p([0.1, 0.2, -0.3]) == 1
    assert sign_flip_p([0.3, 0.1, 0.2]) == 0.25
    assert sign_flip_p([0.1, 0.1, 0.1, -0.1]) == pytest.approx(10 / 16)


def test_no_difference_at_all_is_p_one() -> None:
    assert sign_flip_p(np.zeros(4)) == 1


def test_beyond_twenty_seeds_it_is_estimated_the_same_each_time() -> None:
    differences = np.random.default_rng(0).normal(0.4, 1, 22)
    p = sign_flip_p(differences)
    assert p == sign_flip_p(differences)
    sums = np.zeros(1)
    for difference in differences:
        sums = np.concatenate([sums + difference, sums - difference])
    assert p == pytest.approx(np.mean(np.abs(sums) >= abs(differences.sum()) - 1e-9), rel=0.02)


def test_under_the_null_p_is_at_most_uniform() -> None:
    rng = np.random.default_rng(1)
    ps = np.array([sign_flip_p(rng.normal(size=8)) for _ in range(1000)])
    for threshold in (0.05, 0.2, 0.5):
        assert np.mean(ps <= threshold) <= threshold + 3 * np.sqrt(threshold * (1 - threshold) / 1000)


def test_what_is_not_a_number_a_seed_is_refused() -> None:
    with pytest.raises(DataError):
        sign_flip_p([0.1, np.nan])
    with pytest.raises(RequestError):
        sign_flip_p(np.zeros((2, 2)))
    with pytest.raises(RequestError):
        sign_flip_p([])
    with pytest.raises(RequestError):
        smallest_p(0)
