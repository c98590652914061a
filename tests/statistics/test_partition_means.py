"""Seeds that share a partition are one draw: against the mean and the analysis of variance by hand."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from taskgraft.errors import RequestError
from taskgraft.statistics import (
    Bounds,
    Looks,
    VarianceParts,
    by_partition,
    contrast_interval,
    outlook,
    partition_parts,
    smallest_difference,
    unpaired_interval,
)


def drawn(num_seeds: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.normal(0.01, 0.01, num_seeds)
    return values, values[:, None] + rng.normal(0, 0.005, 300) + rng.normal(0, 0.004, (num_seeds, 300))


def test_partitions_of_one_seed_each_are_seeds() -> None:
    values, draws = drawn(5)
    for looks in (None, Looks(8, (3,))):
        plain = contrast_interval(values, draws, looks=looks)
        redrawn = contrast_interval(values, draws, looks=looks, partitions=[4, 1, 0, 2, 3])
        assert astuple(redrawn) == pytest.approx(astuple(plain))


def test_seeds_of_a_partition_count_as_their_mean() -> None:
    values, draws = drawn(6)
    partitions = [0, 1, 2, 0, 1, 2]
    means = np.array([values[[i, i + 3]].mean() for i in range(3)])
    of_draws = np.array([draws[[i, i + 3]].mean(axis=0) for i in range(3)])
    interval = contrast_interval(values, draws, partitions=partitions)
    by_hand = contrast_interval(means, of_draws)
    assert (interval.low, interval.high, interval.p) == pytest.approx((by_hand.low, by_hand.high, by_hand.p))
    assert interval.num_seeds == 6
    assert VarianceParts.of(values, draws, partitions) == VarianceParts.of(means, of_draws)
    bounds = Bounds(-1, 1, 50)
    bounded = contrast_interval(values, draws, bounds=bounds, partitions=partitions)
    assert bounded.low == pytest.approx(contrast_interval(means, of_draws, bounds=bounds).low)


def test_without_images_it_is_the_t_interval_of_the_means() -> None:
    values, _ = drawn(8)
    draws = np.tile(values[:, None], 4)
    partitions = [0, 0, 1, 1, 1, 2, 2, 3]
    means = [values[np.array(partitions) == number].mean() for number in range(4)]
    interval = contrast_interval(values, draws, partitions=partitions)
    expected = stats.t.interval(0.95, 3, np.mean(means), stats.sem(means))
    assert (interval.low, interval.high) == pytest.approx(expected)


def test_one_partition_claims_nothing() -> None:
    values, draws = drawn(4)
    interval = contrast_interval(values, draws, partitions=[2, 2, 2, 2])
    assert interval.p is None
    assert interval.num_seeds == 1


def test_every_seed_needs_its_partition() -> None:
    values, draws = drawn(4)
    with pytest.raises(RequestError, match="Expected the partitions to be 4, one for each seed, but got 3"):
        by_partition(values, draws, [0, 1, 2])


@given(st.lists(st.integers(0, 3), min_size=4, max_size=12))
def test_the_parts_are_those_of_the_analysis_of_variance(partitions: list[int]) -> None:
    values, _ = drawn(len(partitions), seed=len(partitions))
    groups = [values[np.array(partitions) == number] for number in sorted(set(partitions))]
    parts = partition_parts(values, partitions)
    if len(groups) < 2 or len(groups) == len(values):
        assert parts is None
        return
    assert parts is not None
    between, within = parts
    assert within == pytest.approx(
        sum(group.var() * len(group) for group in groups) / (len(values) - len(groups))
    )
    if len({len(group) for group in groups}) == 1 and between:
        # Of equal groups F is 1 + seeds a group times the ratio of the two.
        ratio = stats.f_oneway(*groups).statistic
        assert 1 + len(groups[0]) * between / within == pytest.approx(ratio)


def test_the_parts_are_without_bias() -> None:
    rng = np.random.default_rng(1)
    partitions = np.arange(12) % 4
    means = [
        partition_parts(rng.normal(0, 2, 4)[partitions] + rng.normal(0, 1, 12), partitions.tolist())
        for _ in range(4000)
    ]
    # Cut off at zero, the first is too large by a little.
    assert np.mean([one[0] for one in means if one]) == pytest.approx(4, rel=0.08)
    assert np.mean([one[1] for one in means if one]) == pytest.approx(1, rel=0.05)


def test_more_seeds_than_partitions_promise_nothing() -> None:
    parts = VarianceParts(between=5e-5, common=4e-6)
    assert outlook(0.001, parts, limit=0.01).num_seeds == 5
    assert outlook(0.001, parts, limit=0.01, most_units=8).num_seeds == 5
    assert outlook(0.001, parts, limit=0.01, most_units=4).num_seeds is None
    assert outlook(0.001, parts, limit=0.01, at_least=10, most_units=8).num_seeds is None


def test_what_can_be_seen_follows_the_partitions() -> None:
    usual, redrawn = VarianceParts.usual(10_000), VarianceParts.usual(10_000, 60_000)
    assert redrawn.common == pytest.approx(usual.common / 6)
    assert redrawn.between + redrawn.common == pytest.approx(usual.between + usual.common)
    assert smallest_difference(redrawn, 10, num_units=5) == smallest_difference(redrawn, 5)


def test_two_studies_count_their_partitions() -> None:
    (values, draws), (others, other_draws) = drawn(4), drawn(6, seed=1)
    halves = [values[[0, 2]].mean(), values[[1, 3]].mean()]
    of_draws = [draws[[0, 2]].mean(axis=0), draws[[1, 3]].mean(axis=0)]
    interval = unpaired_interval((values, draws), (others, other_draws), partitions=([0, 1, 0, 1], None))
    assert interval == unpaired_interval((halves, of_draws), (others, other_draws))
