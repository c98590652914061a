"""Whether intervals over partitions hold the truth over training sets, in simulated studies.

`python -m pytest -m slow tests/statistics/test_partitions_hold.py -s` prints a table of `docs/statistics.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from simulated_partitions import PartitionWorld, draw_study, exact_moments

from taskgraft.statistics import Interval, contrast_interval, image_weights
from taskgraft.statistics._contrast import interval_at
from taskgraft.statistics._two_way import variance_parts

USUAL = PartitionWorld()
SMALL = PartitionWorld(pool=3_000, num_test=1_000, split_sd=0.01)
# Seeds and partitions; one partition is the split of the data.
DESIGNS = ((10, 1), (5, 5), (10, 5), (10, 10))
WORLDS = {
    "training sets 0.3 points apart": USUAL,
    "0.3 apart, one 1 point better": replace(USUAL, accuracies=(0.65, 0.66)),
    "0.5 apart": replace(USUAL, split_sd=0.005),
    "alike": replace(USUAL, split_sd=0.0),
    "0.3 apart, seeds 1 point apart": replace(USUAL, seed_sd=0.01),
    "0.5 apart, 2,000 of 10,000 images tested": replace(USUAL, split_sd=0.005, pool=10_000, num_test=2_000),
    "0.5 apart, 3,000 of 6,000 images tested": replace(USUAL, split_sd=0.005, pool=6_000, num_test=3_000),
    "0.3 apart, half of it carried by images": replace(USUAL, carried=0.5),
    "0.3 apart, all of it carried by images": replace(USUAL, carried=1.0),
}


def by_hand(values: np.ndarray, covariances: np.ndarray, partitions: Sequence[int]) -> Interval:
    """The interval from exact moments of the resamplings, which saves drawing them."""
    numbers = np.unique(partitions)
    if len(numbers) == 1:
        member = np.eye(len(values))
    else:
        member = np.array([np.asarray(partitions) == number for number in numbers], float)
        member /= member.sum(axis=1, keepdims=True)
    means, between = member @ values, member @ covariances @ member.T
    num_units = len(means)
    parts = variance_parts(means.var(ddof=1), between.mean(), np.diag(between).mean(), num_units)
    both = float(parts[0]), float(parts[1])
    return interval_at(float(means.mean()), both, len(values), bounds=None, num_units=num_units)


def partitions_of(num_seeds: int, num_partitions: int) -> list[int]:
    return [seed % num_partitions for seed in range(num_seeds)]


def coverage(world: PartitionWorld, design: tuple[int, int], num_studies: int) -> tuple[float, float]:
    """Share of intervals that hold the truth over training sets, and their width in points."""
    rng = np.random.default_rng(20261130)
    partitions = partitions_of(*design)
    intervals = [
        by_hand(*exact_moments(draw_study(world, partitions, rng), world), partitions)
        for _ in range(num_studies)
    ]
    held = np.mean([one.low <= world.difference <= one.high for one in intervals])
    return float(held), 100 * float(np.mean([one.high - one.low for one in intervals]))


@pytest.mark.parametrize("design", [(4, 4), (6, 3)])
def test_the_moments_of_the_simulation_are_those_of_drawn_resamplings(design: tuple[int, int]) -> None:
    partitions = partitions_of(*design)
    study = draw_study(SMALL, partitions, np.random.default_rng(1))
    weights = image_weights(SMALL.pool, 4000)[:, study.tested]
    weights = weights / weights.sum(axis=2, keepdims=True)
    draws = np.einsum("rsn,sn->sr", weights, study.differences)
    drawn = contrast_interval(study.differences.mean(axis=1), draws, partitions=partitions)
    exact = by_hand(*exact_moments(study, SMALL), partitions)
    assert drawn.estimate == pytest.approx(exact.estimate)
    assert drawn.high - drawn.low == pytest.approx(exact.high - exact.low, rel=0.05)


def test_in_a_small_simulation_one_split_misses_the_truth_and_partitions_hold_it() -> None:
    one_split, _ = coverage(SMALL, (6, 1), 200)
    partitions, _ = coverage(SMALL, (6, 6), 200)
    assert one_split < 0.9
    # Three standard errors below 95 %.
    assert partitions > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)


@pytest.mark.slow
def test_intervals_over_partitions_hold_the_truth_over_training_sets() -> None:
    print("\n\n| world | " + " | ".join(f"{s} seeds, {p} partitions" for s, p in DESIGNS) + " |")
    print("|---" * (len(DESIGNS) + 1) + "|")
    for name, world in WORLDS.items():
        # A large pool takes twenty times as long.
        num_studies = 500 if world.pool > 10_000 else 4_000
        results = [coverage(world, design, num_studies) for design in DESIGNS]
        print(f"| {name} | " + " | ".join(f"{100 * c:.1f} ({w:.2f})" for c, w in results) + " |", flush=True)
        if not world.carried:
            assert min(held for held, _ in results[1:]) > 0.93 - 3 * np.sqrt(0.93 * 0.07 / num_studies)
