"""Whether intervals and tests keep what they promise, in simulated studies whose truth is known.

`python -m pytest -m slow tests/statistics/test_simulation.py -s` prints the tables of `docs/statistics.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from simulated_intervals import (
    CLOSED,
    coverage,
    ours,
    ours_family_p,
    ours_p,
    percentile,
    variance_bound_only_p,
    width,
)
from simulated_study import SEEDS, Trials, World, moments, pairs, simulate
from test_factorial import FLOW, SHARING, SIX

from taskgraft.statistics import (
    contrast_interval,
    factorial_effects,
    holm_adjusted,
    image_weights,
    sign_flip_p,
)

LADDER = World((0.65, 0.65, 0.655, 0.66, 0.67), num_images=10_000)
FROM_FIRST = np.column_stack([-np.ones(4), np.eye(4)])
TRUTH = FROM_FIRST @ LADDER.accuracies
LEVEL = World((0.65,) * 6, num_images=10_000)
EFFECTS = np.array(
    [[effect.weights.get(name, 0) for name in SIX] for effect in factorial_effects(SIX, [SHARING, FLOW])]
)
PAIRS = pairs(6)


def at_most(share: float, num_trials: int) -> float:
    """What a share may be measured as by chance: three standard errors."""
    return share + 3 * np.sqrt(share * (1 - share) / num_trials)


def show(title: str, header: Sequence[object], rows: Sequence[Sequence[object]]) -> None:
    print(f"\n\n{title}\n\n| " + " | ".join(map(str, header)) + " |\n" + "|---" * len(header) + "|")
    for row in rows:
        print("| " + " | ".join(x if isinstance(x, str) else f"{100 * x:.1f}" for x in row) + " |")


def familywise(ps: np.ndarray) -> float:
    """Share of studies with a false claim after Holm's correction; p-values of shape (T, P)."""
    return float(np.mean([holm_adjusted(family).min() < 0.05 for family in ps]))


def test_the_simulated_accuracies_are_the_true_ones() -> None:
    world = replace(LADDER, num_images=200_000)
    rights = world.rights(10, np.random.default_rng(0))
    np.testing.assert_allclose(rights.mean(axis=(1, 2)), world.accuracies, atol=0.005)
    assert np.mean(rights[0, 0] != rights[0, 1]) == pytest.approx(world.disagreement, abs=0.005)
    assert rights.mean(axis=2).std(axis=1, ddof=1).mean() == pytest.approx(world.seed_sd, rel=0.3)


@pytest.mark.parametrize("num_seeds", [2, 3, 5])
def test_the_variances_of_the_simulation_are_those_of_drawn_images(num_seeds: int) -> None:
    rights = replace(LADDER, num_images=2000).rights(num_seeds, np.random.default_rng(num_seeds))
    values, covariances = moments(rights, FROM_FIRST)
    part = covariances.mean(axis=(1, 2)), covariances.diagonal(axis1=1, axis2=2).mean(axis=1)
    low, high = ours(Trials(values, *part))
    draws = np.einsum("pa,asr->psr", FROM_FIRST, rights @ image_weights(2000, 20_000).T)
    for contrast in range(len(FROM_FIRST)):
        interval = contrast_interval(values[contrast], draws[contrast])
        assert interval.high - interval.low == pytest.approx(high[contrast] - low[contrast], rel=0.1)


def test_in_a_small_simulation_intervals_cover_and_false_claims_are_rare() -> None:
    small = simulate(replace(LADDER, num_images=1000), FROM_FIRST, 400, seed=1, seeds=(2, 3, 5))
    for trials in small.values():
        assert np.all(1 - coverage(ours(trials), TRUTH) <= at_most(0.05, 400))
    for own in (0, 0.1):
        level = simulate(replace(LEVEL, num_images=1000, own=own), PAIRS, 400, seed=2, seeds=(2, 3, 5))
        for trials in level.values():
            assert np.mean(ours_p(trials) < 0.05) <= at_most(0.05, 400)
            assert familywise(ours_family_p(trials)) <= at_most(0.05, 400)


@pytest.mark.slow
def test_false_claims() -> None:
    num_trials, rows = 10_000, []
    for num_images in (10_000, 2000):
        for own, what in ((0.0, "identical"), (0.1, "equally good")):
            world = replace(LEVEL, num_images=num_images, own=own)
            found = simulate(world, np.concatenate([PAIRS, EFFECTS]), num_trials, seed=3)
            for num_seeds, trials in found.items():
                families = (np.split(p(trials), [len(PAIRS)], axis=1) for p in (ours_p, ours_family_p))
                shares = tuple(
                    share
                    for alone, corrected in zip(*families, strict=True)
                    for share in (np.mean(alone < 0.05), familywise(corrected))
                )
                assert max(shares) <= at_most(0.05, num_trials)
                exact = [sign_flip_p(one) <= 0.05 for one in trials.values[:, 0]]
                rows.append((f"{num_images:,}", what, str(num_seeds), *shares, np.mean(exact)))
    header = ("test images", "architectures", "seeds", "a pair", "15 pairs, Holm", "an effect")
    show(
        f"False claims at 5 %, per cent of {num_trials:,} studies",
        (*header, "5 effects, Holm", "exact test, a pair"),
        rows,
    )


@pytest.mark.slow
def test_coverage_and_power() -> None:
    num_trials, covered, seen = 10_000, [], []
    for num_images in (10_000, 2000):
        contrasts = np.concatenate([FROM_FIRST, np.eye(5)[:1]])
        found = simulate(replace(LADDER, num_images=num_images), contrasts, num_trials, seed=4)
        for num_seeds, trials in found.items():
            shares = coverage(ours(trials), np.append(TRUTH, LADDER.accuracies[0]))
            assert np.all(shares >= 0.93)
            widths = width(ours(trials))
            row = f"{num_images:,}", str(num_seeds)
            covered.append((*row, *shares[[0, 1, 3, 4]], f"{100 * widths[0]:.2f}", f"{100 * widths[-1]:.2f}"))
            alone, first = ours_p(trials)[:, 1:4], ours_family_p(trials)[:, 1:4]
            seen.append((*row, *np.mean(alone < 0.05, axis=0), *np.mean(first < 0.05 / len(PAIRS), axis=0)))
    header = ("test images", "seeds")
    truths = ("difference 0", "0.5", "2", "one's own score", "width of a difference", "width of a score")
    show(f"Coverage, per cent of {num_trials:,} studies; widths in points", (*header, *truths), covered)
    claimed = ("0.5 points", "1", "2", "0.5, first of 15", "1", "2")
    show(f"Differences claimed, per cent of {num_trials:,} studies", (*header, *claimed), seen)


@pytest.mark.slow
def test_against_other_intervals() -> None:
    num_trials, num_drawn, rows = 10_000, 2000, []
    worlds = {
        "as realistic": LADDER,
        "2,000 images": replace(LADDER, num_images=2000),
        "seeds 0.5 points apart": replace(LADDER, seed_sd=0.005),
        "seeds 1 point apart": replace(LADDER, seed_sd=0.01),
    }
    for name, world in worlds.items():
        found = simulate(world, FROM_FIRST, num_trials, seed=4)
        methods = {method: [bounds(trials) for trials in found.values()] for method, bounds in CLOSED.items()}
        methods["percentiles, seeds and images"] = drawn_percentiles(world, num_drawn)
        for method, columns in methods.items():
            cells = [f"{100 * coverage(b, TRUTH).mean():.1f} ({100 * width(b).mean():.2f})" for b in columns]
            rows.append((name, method, *cells))
    header = ("world", "interval", *(f"{num_seeds} seeds" for num_seeds in SEEDS))
    title = (
        f"Coverage, per cent of {num_trials:,} studies ({num_drawn:,} for percentiles), and width in points"
    )
    show(title, header, rows)


@pytest.mark.slow
def test_what_keeps_a_family_from_false_claims() -> None:
    num_trials, rows = 4000, []
    for seed_sd in (0.0025, 0.005, 0.01):
        found = simulate(replace(LEVEL, seed_sd=seed_sd), PAIRS, num_trials, seed=7)
        for name, method in (
            ("this one", ours_family_p),
            ("as of a single question", ours_p),
            ("variance bounded only", variance_bound_only_p),
        ):
            rows.append((f"{100 * seed_sd} points", name, *(familywise(method(t)) for t in found.values())))
    header = ("seeds apart by", "p", *(f"{num_seeds} seeds" for num_seeds in SEEDS))
    show(f"False claims among 15 pairs after Holm, per cent of {num_trials:,} studies", header, rows)


def drawn_percentiles(world: World, num_trials: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Low and high of each contrast, shape (T, P), for each number of seeds; 1,000 resamplings."""
    weights = image_weights(world.num_images).T
    rng = np.random.default_rng(5)
    found: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in SEEDS]
    for _ in range(num_trials):
        draws = np.einsum("pa,asr->psr", FROM_FIRST, world.rights(max(SEEDS), rng) @ weights)
        for bounds, num_seeds in zip(found, SEEDS, strict=True):
            bounds.append(percentile(draws[:, :num_seeds], rng))
    return [(np.stack([b[0] for b in bounds]), np.stack([b[1] for b in bounds])) for bounds in found]


@pytest.mark.slow
def test_other_worlds() -> None:
    num_trials, rows = 4000, []
    worlds = {
        "as realistic": LEVEL,
        "seeds alike (0 points)": replace(LEVEL, seed_sd=0),
        "seeds apart (0.5 points)": replace(LEVEL, seed_sd=0.005),
        "seeds far apart (1 point)": replace(LEVEL, seed_sd=0.01),
        "few images of its own (3 %)": replace(LEVEL, own=0.03),
        "many images of its own (30 %)": replace(LEVEL, own=0.3),
        "accuracy 55 %": replace(LEVEL, accuracies=(0.55,) * 6),
        "accuracy 75 %": replace(LEVEL, accuracies=(0.75,) * 6),
        "accuracy 95 %, disagreement 4 %": replace(LEVEL, accuracies=(0.95,) * 6, disagreement=0.04),
        "500 test images": replace(LEVEL, num_images=500),
    }
    for name, world in worlds.items():
        row = [name]
        for num_seeds, trials in simulate(world, PAIRS, num_trials, seed=6).items():
            share = coverage(ours(trials), np.zeros(len(PAIRS))).mean()
            assert share >= 0.93 or num_seeds == 2
            claimed = familywise(ours_family_p(trials))
            assert claimed <= at_most(0.05, num_trials)
            row.append(f"{100 * share:.1f} / {100 * claimed:.1f}")
        rows.append(row)
    header = ("world", *(f"{num_seeds} seeds" for num_seeds in SEEDS))
    show(f"Coverage / false claims among 15 pairs, per cent of {num_trials:,} studies", header, rows)
