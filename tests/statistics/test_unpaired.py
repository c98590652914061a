"""The difference of two studies: against closed forms, and in simulated studies whose truth is known.

`python -m pytest -m slow tests/statistics/test_unpaired.py -s` prints the table of `docs/statistics.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from simulated_study import World
from test_simulation import at_most, show

from taskgraft.errors import DataError, RequestError
from taskgraft.statistics import image_weights, unpaired_interval
from taskgraft.statistics._unpaired import unpaired_error

Sizes = tuple[int, int]


def runs(num_seeds: int, mean: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores of some seeds and what 50 resamplings make of them."""
    values = mean + rng.normal(0, 0.01, num_seeds)
    return values, values[:, None] + rng.normal(0, 0.005, (num_seeds, 50))


def test_where_images_change_nothing_it_is_welch_s_test() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.5, 0.01, 4), rng.normal(0.48, 0.02, 6)
    interval = unpaired_interval(*((own, np.tile(own[:, None], 3)) for own in (first, second)))
    expected = stats.ttest_ind(first, second, equal_var=False)
    assert interval.p == pytest.approx(expected.pvalue)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert interval.num_seeds == 4


def test_exchanging_the_studies_turns_the_interval() -> None:
    rng = np.random.default_rng(1)
    first, second = runs(3, 0.5, rng), runs(5, 0.4, rng)
    one, other = unpaired_interval(first, second), unpaired_interval(second, first)
    assert (one.estimate, one.low, one.high, one.p) == pytest.approx(
        (-other.estimate, -other.high, -other.low, other.p)
    )


def test_what_the_images_do_to_both_studies_cancels() -> None:
    rng = np.random.default_rng(2)
    (values, _), (other, _) = runs(3, 0.5, rng), runs(3, 0.4, rng)
    shared = rng.normal(0, 0.1, 200)
    paired = unpaired_interval((values, values[:, None] + shared), (other, other[:, None] + shared))
    alone = unpaired_interval(
        (values, values[:, None] + shared), (other, other[:, None] + rng.permutation(shared))
    )
    assert paired.high - paired.low < 0.5 * (alone.high - alone.low)


@pytest.mark.parametrize("sizes", [(1, 1), (1, 4), (4, 1)])
def test_one_seed_covers_images_only_and_has_no_p(sizes: Sizes) -> None:
    rng = np.random.default_rng(3)
    first, second = (runs(n, 0.5, rng) for n in sizes)
    interval = unpaired_interval(first, second)
    half = stats.norm.ppf(0.975) * (first[1].mean(axis=0) - second[1].mean(axis=0)).std(ddof=1)
    assert interval.p is None
    assert not interval.is_detectable
    assert interval.high - interval.low == pytest.approx(2 * half)


def test_a_study_less_itself_is_nothing() -> None:
    own = runs(3, 0.5, np.random.default_rng(4))
    interval = unpaired_interval(own, own)
    assert interval.estimate == 0
    assert interval.p == 1


def test_numbers_that_are_none_and_other_shapes_are_refused() -> None:
    good = runs(2, 0.5, np.random.default_rng(5))
    with pytest.raises(DataError, match="contrasts of the seeds to be finite numbers"):
        unpaired_interval(good, (np.array([0.5, np.nan]), good[1]))
    with pytest.raises(RequestError, match="at least 2 resamplings"):
        unpaired_interval((good[0], good[1][:, :1]), good)


def two_studies(world: World, sizes: Sizes, num_trials: int, seed: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Of each trial: means, seed, image and run variances of both studies, and that of the difference."""
    first, second = sizes
    for trial in range(num_trials):
        rights = world.rights(max(sizes), np.random.default_rng((seed, trial)))
        chosen = np.concatenate([rights[0, :first], rights[1, :second]])
        values = chosen.mean(axis=1, dtype=np.float64)
        covariances = (chosen @ chosen.T).astype(np.float64) / world.num_images - np.outer(values, values)
        covariances /= world.num_images
        own = [slice(0, first), slice(first, None)]
        blocks = [covariances[part, part] for part in own]
        image = np.array([block.mean() for block in blocks])
        yield (
            np.array([values[part].mean() for part in own]),
            np.array([values[part].var(ddof=1) for part in own]),
            image,
            np.array([np.diag(block).mean() for block in blocks]),
            image.sum() - 2 * covariances[own[0], own[1]].mean(),
        )


def coverage(world: World, sizes: Sizes, num_trials: int, seed: int) -> tuple[float, float, float]:
    """Share of intervals that hold the truth, share of claims, mean width."""
    columns = [
        np.stack(own, axis=-1) for own in zip(*two_studies(world, sizes, num_trials, seed), strict=True)
    ]
    means, *variances, difference = columns
    error, freedom = unpaired_error(*variances, difference, sizes)
    half = stats.t.ppf(0.975, freedom) * error
    estimates, truth = means[0] - means[1], world.accuracies[0] - world.accuracies[1]
    return (
        float(np.mean(np.abs(estimates - truth) <= half)),
        float(np.mean(np.abs(estimates) > half)),
        float(np.mean(2 * half)),
    )


def test_the_variances_of_the_simulation_are_those_of_drawn_images() -> None:
    world, sizes = World((0.65, 0.66), num_images=2000), (3, 5)
    _, *variances = next(two_studies(world, sizes, 1, seed=8))
    error, freedom = unpaired_error(*variances, sizes)
    rights = world.rights(5, np.random.default_rng((8, 0)))
    weights = image_weights(2000, 20_000).T
    first, second = rights[0, :3], rights[1]
    interval = unpaired_interval(*((own.mean(axis=1), own @ weights) for own in (first, second)))
    expected = 2 * stats.t.ppf(0.975, freedom) * error
    assert interval.high - interval.low == pytest.approx(float(expected), rel=0.05)


@pytest.mark.parametrize("sizes", [(2, 2), (2, 5), (3, 3), (5, 5)])
def test_in_a_small_simulation_intervals_cover_and_false_claims_are_rare(sizes: Sizes) -> None:
    for own in (0.0, 0.1):
        world = World((0.65, 0.65), num_images=1000, own=own)
        covered, claimed, _ = coverage(world, sizes, 400, seed=9)
        assert 1 - covered <= at_most(0.05, 400)
        assert claimed <= at_most(0.05, 400)


@pytest.mark.slow
def test_coverage_and_power_of_two_studies() -> None:
    num_trials, rows = 4000, []
    base = World((0.65, 0.65), num_images=10_000)
    worlds = {
        "as realistic": base,
        "2,000 images": replace(base, num_images=2000),
        "seeds 1 point apart": replace(base, seed_sd=0.01),
        "accuracy 95 %, disagreement 4 %": replace(base, accuracies=(0.95, 0.95), disagreement=0.04),
    }
    for name, world in worlds.items():
        accuracy = world.accuracies[0]
        for sizes in ((2, 2), (3, 3), (2, 5), (3, 5), (5, 5), (10, 10)):
            covered, _, width = coverage(world, sizes, num_trials, seed=10)
            assert covered >= 0.92
            better = replace(world, accuracies=(accuracy + 0.01, accuracy))
            _, one_point, _ = coverage(better, sizes, num_trials, seed=11)
            rows.append((name, f"{sizes[0]} and {sizes[1]}", covered, f"{100 * width:.2f}", one_point))
    header = ("world", "seeds", "coverage", "width, points", "1 point is claimed")
    show(f"Two studies on the same images, per cent of {num_trials:,} pairs of studies", header, rows)
