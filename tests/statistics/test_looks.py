"""Looks that are paid for, against simulated sequences, and against the interval of a single look."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from normal_study import Growth
from scipy import stats

from taskgraft.errors import RequestError
from taskgraft.statistics import (
    Interval,
    Looks,
    VarianceParts,
    contrast_interval,
    outlook,
    smallest_difference,
)
from taskgraft.statistics._looks import AnyLook, OnlyLook, PlannedLook
from taskgraft.statistics._spending import nominal_levels, spent_share

RNG = np.random.default_rng(0)
ALL = tuple(range(2, 11))


def contrast(num_seeds: int, looks: Looks | None = None, effect: float = 0.01) -> Interval:
    rng = np.random.default_rng(5)
    values = rng.normal(effect, 0.004, 12)[:num_seeds]
    draws = values[:, None] + rng.normal(0, 0.002, 300) + rng.normal(0, 0.003, (12, 300))[:num_seeds]
    return contrast_interval(values, draws, looks=looks)


@pytest.mark.parametrize("num_seeds", [2, 3, 10])
def test_looked_at_once_with_all_that_was_planned_it_is_the_interval_of_one_look(num_seeds: int) -> None:
    looked = Looks(num_seeds, (num_seeds, 1))
    assert contrast(num_seeds, looked) == contrast(num_seeds)
    assert contrast(1, Looks(5)) == contrast(1)


@pytest.mark.parametrize("looks", [(5, 10), (3, 5, 10), (2, 3)])
def test_a_normal_sequence_crosses_as_often_as_the_spending_allows(looks: tuple[int, ...]) -> None:
    planned, num_draws = looks[-1], 400_000
    # A Markov chain whose neighbours correlate by S / T.
    chain = [RNG.standard_normal(num_draws)]
    for before, after in pairwise(looks):
        tie = before / after
        chain.append(tie * chain[-1] + np.sqrt(1 - tie**2) * RNG.standard_normal(num_draws))
    crossed = np.zeros(num_draws, bool)
    for number, z in enumerate(chain, 1):
        level = float(nominal_levels((0.05,), looks[:number], planned)[0])
        crossed |= np.abs(z) > stats.norm.isf(level / 2)
        allowed = float(spent_share(np.array([0.05]), looks[number - 1] / planned)[0])
        assert crossed.mean() == pytest.approx(allowed, abs=4 * np.sqrt(allowed / num_draws) + 1e-6)


@pytest.mark.parametrize(("common", "apart"), [(0.0, 0.0), (0.02, 0.1), (0.05, 0.2), (0.12, 0.64)])
@pytest.mark.parametrize("looks", [ALL, (3, 5, 10), (3, 4, 5)])
def test_the_whole_sequence_claims_a_difference_that_is_not_in_few_of_twenty(
    common: float, apart: float, looks: tuple[int, ...]
) -> None:
    grown = Growth(common, apart).draw(20_000, looks[-1], np.random.default_rng(1))
    claimed = np.zeros(20_000, bool)
    for number, num_seeds in enumerate(looks, 1):
        level = float(nominal_levels((0.05,), looks[:number], looks[-1])[0])
        estimate, half = grown.halves(num_seeds, level, is_only=False)
        claimed |= np.abs(estimate) > half
    # Three standard errors, and what Satterthwaite's approximation lacks at a single look.
    assert claimed.mean() < 0.05 + 3 * np.sqrt(0.05 / 20_000) + 0.003


def test_without_payment_the_same_sequence_claims_it_in_one_study_of_six() -> None:
    grown = Growth().draw(20_000, 10, np.random.default_rng(1))
    claimed = np.zeros(20_000, bool)
    for num_seeds in range(3, 11):
        estimate, half = grown.halves(num_seeds, 0.05, is_only=True)
        claimed |= np.abs(estimate) > half
    assert claimed.mean() > 0.14


@pytest.mark.parametrize(
    "looks", [Looks(10, (3,)), Looks(10), Looks(None), Looks(3, (3,)), Looks(8, (2, 4, 6))]
)
@pytest.mark.parametrize("effect", [0.0, 0.002, 0.004, 0.008, 0.02])
def test_the_interval_leaves_out_zero_where_p_is_below_five_per_cent(looks: Looks, effect: float) -> None:
    for num_seeds in range(2, 13):
        interval = contrast(num_seeds, looks, effect)
        assert interval.p is not None
        assert interval.excludes_zero == (interval.p < 0.05)
        assert interval.reach >= contrast(num_seeds, None, effect).reach


@pytest.mark.parametrize(
    "look", [OnlyLook(), PlannedLook((3, 5), 10), PlannedLook(ALL, 10), AnyLook(4, 5), AnyLook(1e6, 7)]
)
def test_the_corrected_p_turns_the_nominal_level_round(look: OnlyLook | PlannedLook | AnyLook) -> None:
    for alpha in (0.05, 0.02, 0.05 / 21):
        assert look.corrected(look.nominal(alpha)) == pytest.approx(alpha, rel=0.01)
    ps = [look.corrected(p) for p in (0.0, 1e-9, 1e-4, 0.01, 0.05, 0.3, 0.9, 1.0)]
    assert ps == sorted(ps)
    assert 0 <= ps[0] <= ps[-1] <= 1


@pytest.mark.parametrize(("common", "apart"), [(0.0, 0.0), (0.05, 0.05), (0.12, 0.64)])
def test_with_an_open_horizon_looking_sixty_times_claims_it_in_at_most_one_of_twenty(
    common: float, apart: float
) -> None:
    grown = Growth(common, apart).draw(2_000, 60, np.random.default_rng(3))
    claimed = np.zeros(2_000, bool)
    for num_seeds in (*range(3, 21), *range(22, 61, 3)):
        estimate, error, freedom = grown.at(num_seeds)
        freedom = np.sqrt((num_seeds - 1) * freedom)
        # Of one seed's variance, common part included, over that of the mean.
        one = (error**2 - common) * num_seeds + common
        effective = one / error**2
        levels = [AnyLook(f, n).nominal(0.05) for f, n in zip(freedom, effective, strict=True)]
        claimed |= np.abs(estimate) > stats.t.isf(np.maximum(levels, 1e-12) / 2, freedom) * error
    assert claimed.mean() <= 0.05


def test_an_open_horizon_has_its_price() -> None:
    assert Looks.open_price(2) is None
    prices = [Looks.open_price(number) for number in (5, 10, 20)]
    assert all(price and 1.6 < price < 2 for price in prices)


def test_looks_at_fewer_seeds_count_once_each_and_one_seed_is_none() -> None:
    looks = Looks(10, (5, 1, 3, 3, 8))
    assert looks.before(8) == (3, 5)
    assert (looks.is_only(3), Looks(3, (3, 1)).is_only(3)) == (False, True)
    assert (looks.is_beyond(10), looks.is_beyond(11), Looks(None).is_beyond(99)) == (False, True, False)
    assert (looks.spent(1), looks.spent(10)) == (0.0, 0.05)


def test_more_seeds_are_needed_where_looks_are_paid_for() -> None:
    parts = VarianceParts.usual(10_000)
    alone = outlook(0.0, parts, 0.01)
    paid = outlook(0.0, parts, 0.01, looks=Looks(10, (3,)))
    assert alone.num_seeds is not None
    assert paid.num_seeds is not None
    assert alone.num_seeds < paid.num_seeds
    assert alone.floor == paid.floor
    assert smallest_difference(parts, 5, 1, Looks(10)) > smallest_difference(parts, 5)
    assert smallest_difference(parts, 5, 1, Looks(5)) == smallest_difference(parts, 5)


def test_a_plan_of_no_seed_is_refused() -> None:
    with pytest.raises(
        RequestError, match="Expected the planned number of seeds to be at least 1, but got 0"
    ):
        Looks(0)
