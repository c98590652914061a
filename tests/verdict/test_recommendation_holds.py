"""How often a recommendation is wrong, and how often it comes, in studies whose truth is known.

`python -m pytest -m slow tests/verdict/test_recommendation_holds.py -s` prints the table of the docs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from imagined_race import RaceWorld, race

from taskgraft.statistics import image_weights

MARGIN = 0.01
SEEDS = (2, 3, 5, 10)
WORLDS = {
    "two, equal": RaceWorld((0.65, 0.65)),
    "two, the cheap one 0.5 worse": RaceWorld((0.65, 0.655)),
    "two, the cheap one 1 worse": RaceWorld((0.65, 0.66)),
    "two, the cheap one 2 worse": RaceWorld((0.65, 0.67)),
    "six, equal": RaceWorld((0.65,) * 6),
    "six, the cheap one 1 worse than all": RaceWorld((0.65, *(0.66,) * 5)),
    "six, all 1 worse than the dearest": RaceWorld((*(0.65,) * 5, 0.66)),
    "two, equal, 2,000 images": RaceWorld((0.65, 0.65), num_images=2000),
    "two, the cheap one 1 worse, 2,000 images": RaceWorld((0.65, 0.66), num_images=2000),
    "two, the cheap one 1 worse, seeds 0.5 apart": RaceWorld((0.65, 0.66), seed_sd=0.005),
    "two, the cheap one 1 worse, seeds 1 apart": RaceWorld((0.65, 0.66), seed_sd=0.01),
}


def shares(
    world: RaceWorld, num_trials: int, seeds: tuple[int, ...], margin: float = MARGIN, num_draws: int = 1000
) -> dict[int, tuple[float, float, float]]:
    """By number of seeds the shares of studies that take one a margin worse, the cheapest, and none."""
    weights = image_weights(world.num_images, num_draws)
    taken: dict[int, list[str | None]] = {num_seeds: [] for num_seeds in seeds}
    for trial in range(num_trials):
        rights = world.rights(max(seeds), np.random.default_rng((11, trial)))
        for num_seeds, names in taken.items():
            names.append(race(rights[:, :num_seeds], world.num_val, weights, margin).variant)
    best = max(world.accuracies)
    worse = {str(i) for i, accuracy in enumerate(world.accuracies) if accuracy < best - margin + 1e-9}
    return {
        n: (
            float(np.mean([name in worse for name in names])),
            float(np.mean([name == "0" for name in names])),
            float(np.mean([name is None for name in names])),
        )
        for n, names in taken.items()
    }


def test_the_imagined_accuracies_are_the_true_ones() -> None:
    world = RaceWorld((0.65, 0.66, 0.9), num_images=200_000)
    rights = world.rights(10, np.random.default_rng(0))
    np.testing.assert_allclose(rights.mean(axis=(1, 2)), world.accuracies, atol=0.004)
    assert np.mean(rights[0, 0] != rights[0, 1]) == pytest.approx(0.22, abs=0.01)
    assert np.mean(rights[0, 0] != rights[1, 0]) == pytest.approx(0.26, abs=0.01)
    spread = replace(world, seed_sd=0.01).rights(10, np.random.default_rng(1)).mean(axis=2)
    assert spread[0].std(ddof=1) == pytest.approx(0.01, rel=0.5)


def test_in_a_small_simulation_a_margin_worse_one_is_hardly_ever_taken_and_an_equal_one_often() -> None:
    few = {"num_images": 1000, "num_val": 200}
    worse = shares(RaceWorld((0.65, 0.69), **few), 150, (3, 8), margin=0.04, num_draws=200)
    # By chance, three standard errors.
    assert all(wrong <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150) for wrong, _, _ in worse.values())
    equal = shares(RaceWorld((0.65, 0.65), **few), 60, (3, 8), margin=0.04, num_draws=200)
    assert equal[8][1] > 0.9
    assert equal[3][1] < equal[8][1]
    assert equal[3][0] == equal[8][0] == 0


@pytest.mark.slow
def test_a_margin_worse_one_is_taken_in_at_most_five_per_cent() -> None:
    num_trials = 300
    title = "| world | " + " | ".join(f"{n} seeds" for n in SEEDS) + " |"
    print(f"\n\nMargin 1 point: a margin-worse one taken / the cheapest taken / none, per cent\n\n{title}")
    print("|---" * (1 + len(SEEDS)) + "|")
    for name, world in WORLDS.items():
        found = shares(world, num_trials, SEEDS, num_draws=300)
        cells = [" / ".join(f"{100 * share:.1f}" for share in found[n]) for n in SEEDS]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
        for wrong, _, _ in found.values():
            assert wrong <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / num_trials)
        if name == "two, equal":
            assert found[3][1] > 0.35
            assert found[5][1] > 0.7
            assert found[10][1] > 0.93
