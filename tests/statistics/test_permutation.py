import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from taskgraft.errors import DataError, RequestError
from taskgraft.statistics import _permutation, sign_flip_p, sign_flip_ps, smallest_p
from taskgraft.statistics._permutation import _all_sums, _drawn_signs


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


def share_of_patterns(differences: np.ndarray) -> float:
    """The definition: all 2^S sums, of which those count that are as far from zero as the one seen."""
    sums = np.zeros(1)
    for difference in differences:
        sums = np.concatenate([sums + difference, sums - difference])
    seen = abs(differences.sum()) - 1e-9 * np.abs(differences).sum()
    return float(np.mean(np.abs(sums) >= seen))


def drawn(num_questions: int, num_seeds: int) -> np.ndarray:
    """Differences, of which a third tie often, as shares of a hundred images do."""
    differences = np.random.default_rng(num_seeds).normal(0.3, 1, (num_questions, num_seeds))
    differences[::3] = np.round(10 * differences[::3]) / 60
    return differences


@pytest.mark.parametrize("num_seeds", [1, 2, 5, 10, 11, 14, 15, 20, 21])
def test_many_questions_have_the_share_of_all_patterns_to_the_bit(num_seeds: int) -> None:
    differences = drawn(60 if num_seeds < 15 else 4, num_seeds)
    expected = [share_of_patterns(one) for one in differences]
    assert sign_flip_ps(differences).tolist() == expected
    assert [sign_flip_p(one) for one in differences] == expected


@given(arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 13)), elements=st.integers(-3, 3)))
def test_ties_and_zeros_count_as_in_the_definition(differences: np.ndarray) -> None:
    assert sign_flip_ps(differences / 7).tolist() == [share_of_patterns(one / 7) for one in differences]


@pytest.mark.parametrize("num_seeds", [25, 30])
def test_up_to_thirty_seeds_it_is_what_very_many_drawn_patterns_come_to(num_seeds: int) -> None:
    differences = drawn(4, num_seeds)
    expected = np.array([share_of_drawn(one) for one in differences])
    allowed = 5 * np.sqrt(expected * (1 - expected) / 2**20) + 2**-19
    assert (np.abs(sign_flip_ps(differences) - expected) <= allowed).all()


def share_of_drawn(differences: np.ndarray) -> float:
    """Of 2^20 patterns, drawn seed by seed."""
    rng, sums = np.random.default_rng(0), np.zeros(2**20)
    for difference in differences:
        sums += difference * rng.choice([-1.0, 1.0], size=len(sums))
    seen = abs(differences.sum()) - 1e-9 * np.abs(differences).sum()
    return float((np.count_nonzero(np.abs(sums) >= seen) + 1) / (2**20 + 1))


def test_beyond_thirty_seeds_patterns_are_drawn_once_for_all_questions() -> None:
    differences = drawn(5, 33)
    before = _drawn_signs.cache_info()
    found = [*sign_flip_ps(differences), *sign_flip_ps(differences[:2])]
    after = _drawn_signs.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)
    expected = [share_of_drawn(one) for one in differences]
    assert found == [*expected, *expected[:2]]


def test_halves_of_thirty_seeds_are_listed_and_never_all_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = []
    monkeypatch.setattr(
        _permutation, "_all_sums", lambda half: listed.append(2 ** len(half)) or _all_sums(half)
    )
    sign_flip_ps(drawn(3, 30))
    assert listed == [2**15] * 6


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
        sign_flip_ps(np.zeros(2))
    with pytest.raises(RequestError):
        sign_flip_p([])
    with pytest.raises(RequestError):
        smallest_p(0)
