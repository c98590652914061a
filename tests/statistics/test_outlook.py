"""What more seeds would show, against the interval itself with as many seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from taskgraft.statistics import (
    MOST_SEEDS,
    Bounds,
    VarianceParts,
    contrast_interval,
    outlook,
    smallest_difference,
)
from taskgraft.statistics._two_way import error_at

USUAL = VarianceParts.usual(10_000)


def interval_of(parts: VarianceParts, num_seeds: int, estimate: float) -> float:
    """The upper end of Student's t, by scipy's own quantile."""
    seeds = parts.between / num_seeds
    freedom = (num_seeds - 1) * (1 + parts.common / seeds) ** 2
    return float(estimate + stats.t.ppf(0.975, freedom) * math.sqrt(seeds + parts.common))


@pytest.mark.parametrize("estimate", [0.0, 0.003, 0.005])
def test_the_number_of_seeds_is_the_first_that_brings_the_end_below_the_limit(estimate: float) -> None:
    found = outlook(estimate, USUAL, limit=0.01)
    assert found.num_seeds is not None
    assert interval_of(USUAL, found.num_seeds, estimate) < 0.01
    assert found.num_seeds == 2 or interval_of(USUAL, found.num_seeds - 1, estimate) >= 0.01
    assert found.floor == pytest.approx(estimate + stats.norm.ppf(0.975) * math.sqrt(USUAL.common))


def test_what_the_images_leave_open_no_number_of_seeds_closes() -> None:
    few_images = VarianceParts.usual(500)
    found = outlook(0.0, few_images, limit=0.01)
    assert found.num_seeds is None
    assert found.floor > 0.01
    # Seeds alone would need so many that nobody trains them.
    apart = outlook(0.0, VarianceParts(between=0.01, common=1e-6), limit=0.01)
    assert apart.num_seeds is None
    assert apart.floor < 0.01
    assert interval_of(VarianceParts(0.01, 1e-6), MOST_SEEDS, 0.0) >= 0.01


def test_a_bounded_difference_keeps_the_width_that_its_images_leave_open() -> None:
    alike, bounds = VarianceParts(0.0, 0.0), Bounds(-1, 1, 100)
    assert outlook(0.0, alike, 0.02).floor == 0
    # Tango's interval of two that agree on every image.
    squared = stats.norm.ppf(0.975) ** 2
    found = outlook(0.0, alike, 0.02, bounds=bounds)
    assert found.floor == pytest.approx(squared / (100 + squared))
    assert found.num_seeds is None


def test_the_parts_are_those_of_the_interval() -> None:
    rng = np.random.default_rng(0)
    values, draws = rng.normal(0.01, 0.005, 4), rng.normal(0.01, 0.004, (4, 500))
    parts, interval = VarianceParts.of(values, draws), contrast_interval(values, draws)
    error, freedom = error_at((parts.between, parts.common), 4, None)[:2]
    assert interval.high - interval.estimate == pytest.approx(stats.t.ppf(0.975, freedom) * error)


def test_of_one_seed_the_parts_are_usual_ones() -> None:
    draws = np.random.default_rng(0).normal(0, 0.004, (1, 500))
    parts = VarianceParts.of([0.0], draws)
    assert parts.between == pytest.approx(draws.var(ddof=1))
    assert 0 < parts.common < parts.between


def test_the_smallest_difference_is_found_in_four_studies_of_five() -> None:
    """More seeds find smaller ones, down to what the images leave open."""
    found = [smallest_difference(USUAL, seeds) for seeds in (2, 3, 5, 10, 50)]
    assert found == sorted(found, reverse=True)
    assert found[-1] > smallest_difference(USUAL, None)
    assert smallest_difference(USUAL, 5, 15) > smallest_difference(USUAL, 5)
    error, freedom = error_at((USUAL.between, USUAL.common), 5, None)[:2]
    power = stats.nct.sf(stats.t.ppf(0.975, freedom), freedom, smallest_difference(USUAL, 5) / error)
    assert power == pytest.approx(0.8, abs=0.03)
