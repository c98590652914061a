"""Promises are kept as often as counting says, exactly: the rule is right, and fitting it costs nothing.

`python -m pytest -m slow tests/scores/test_promise_exact.py -s` prints how often, in drawn worlds.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from promise_trials import CLIMBING, TARGETS, Pool, exact_share, rank_of, resampled, share_kept

from taskgraft.scores import Promise
from taskgraft.taxonomy import Taxonomy

NUM_DRAWS = 2_000
NUM_VAL = 200
NUM_IMAGES = 3_000


@pytest.mark.parametrize("num_val", [60, 111, 200, 500, 1000])
@pytest.mark.parametrize("target", [0.7, 0.8, 0.9, 0.95])
def test_of_all_draws_and_of_all_partitions_95_per_cent_keep_a_promise(num_val: int, target: float) -> None:
    for num_images in (2 * num_val, 10 * num_val):
        drawn, parted = exact_share(num_val, num_images, target)
        assert drawn >= 0.95
        assert parted >= 0.95


def test_the_least_threshold_that_does_is_taken() -> None:
    """One rank lower, less than 95 % of draws would keep it."""
    from scipy.stats import binom

    for num_val, target in ((60, 0.9), (500, 0.95), (1000, 0.7)):
        rank = rank_of(Promise((), 0, num_val), target)
        assert binom.cdf(rank - 1, num_val, target) >= 0.95 > binom.cdf(rank - 2, num_val, target)


def test_counting_agrees_with_draws_of_numbers() -> None:
    """10,000 draws and partitions of a pool of numbers, each of which is the critical value of an image."""
    rng, values = np.random.default_rng(0), np.arange(1, 601) / 1_000
    for target in (0.7, 0.9):
        kept = np.zeros((10_000, 2), bool)
        for trial in kept:
            val = Promise.of(rng.choice(values, 100))
            threshold = val.threshold(target)
            trial[0] = threshold is not None and np.mean(values <= threshold) >= target - 1e-12
            order = rng.permutation(values)
            threshold = Promise.of(order[:100]).threshold(target, num_future=500)
            trial[1] = threshold is not None and np.mean(order[100:] <= threshold) >= target - 1e-12
        exact = np.array(exact_share(100, 600, target))
        np.testing.assert_array_less(
            abs(kept.mean(axis=0) - exact), 4 * np.sqrt(exact * (1 - exact) / 10_000)
        )


def drawn_world(overlap: float) -> Pool:
    """All images that there are, of two levels: three kinds of three sorts, whose heads agree so far."""
    taxonomy = Taxonomy.from_names(["kind", "sort"], [(f"k{k // 3}", f"s{k}") for k in range(9)])
    rng = np.random.default_rng(int(100 * overlap))
    leaves = rng.integers(0, 9, NUM_IMAGES)
    targets = np.stack([taxonomy.ancestors(0)[leaves], leaves], axis=1)
    common = rng.normal(size=(NUM_IMAGES, 9))
    fine = 2.0 * np.eye(9)[leaves] + common + 0.3 * rng.normal(size=(NUM_IMAGES, 9))
    kinds = np.stack([common[:, taxonomy.ancestors(0) == k].mean(axis=1) for k in range(3)], axis=1)
    noise = overlap * kinds + (1 - overlap) * rng.normal(size=(NUM_IMAGES, 3))
    return Pool([3.0 * np.eye(3)[targets[:, 0]] + 2 * noise, fine], targets, taxonomy)


@pytest.mark.slow
@pytest.mark.parametrize("overlap", [0.0, 0.8])
def test_with_everything_fitted_promises_are_kept_as_often_as_counting_says(overlap: float) -> None:
    drawn = resampled(drawn_world(overlap), NUM_VAL, NUM_DRAWS)
    for target in TARGETS:
        outcomes = drawn[CLIMBING, target]
        kept, (exact, _) = share_kept(outcomes, target), exact_share(NUM_VAL, NUM_IMAGES, target)
        if all(one is None for one in outcomes):
            print(f"\n| {overlap} | {target} | not promised |", end="")
            continue
        error = math.sqrt(exact * (1 - exact) / NUM_DRAWS)
        print(
            f"\n| {overlap} | {target} | {100 * kept:.2f} | {100 * exact:.2f} | {100 * error:.2f} |", end=""
        )
        assert kept >= exact - 3.3 * error
