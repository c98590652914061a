"""Looks that are paid for against AdaStop (Mathieu et al., 2024), on the same runs: claims and runs.

`python -m pytest -m slow tests/verdict/test_against_adastop.py -s` prints a table of `docs/statistics.md`.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from imagined_race import RaceWorld

from taskgraft.statistics import Bounds, Looks, contrast_interval, image_weights

MOST = 10
USUAL = RaceWorld((0.65, 0.65), num_val=0)
WORLDS = {
    "identical": replace(USUAL, easy=0.734, own=0.0),
    "equally good, on other images": USUAL,
    "0.5 points apart": replace(USUAL, accuracies=(0.65, 0.655)),
    "1 point apart": replace(USUAL, accuracies=(0.65, 0.66)),
    "2 points apart": replace(USUAL, accuracies=(0.65, 0.67)),
    "1 point apart, seeds 1 apart": replace(USUAL, accuracies=(0.65, 0.66), seed_sd=0.01),
}
# Runs of each before a look, and looks.
PLANS = ((5, 2), (2, 5))
Ended = tuple[bool, int]


def ours(values: np.ndarray, draws: np.ndarray, num_images: int) -> Ended:
    """Whether a difference is claimed by looks from the third seed on, and runs until it is, or all."""
    looks = Looks(MOST)
    for number in range(3, MOST + 1):
        seen = (part[1, :number] - part[0, :number] for part in (values, draws))
        interval = contrast_interval(*seen, bounds=Bounds(-1, 1, num_images), looks=looks)
        looks = looks.looked_at(number)
        if interval.p is not None and interval.p < 0.05:
            return True, 2 * number
    return False, 2 * MOST


def adastop(values: np.ndarray, plan: tuple[int, int], module: Any) -> Ended:
    """The same by AdaStop, which is given the score of each run on the test split."""
    num_each, num_looks = plan
    comparator = module.MultipleAgentsComparator(n=num_each, K=num_looks, B=2000, alpha=0.05, seed=0)
    for look in range(1, num_looks + 1):
        number = num_each * look
        comparator.partial_compare({"first": values[0, :number], "second": values[1, :number]}, verbose=False)
        if comparator.is_finished:
            break
    (decision,) = comparator.decisions.values()
    return decision in ("larger", "smaller"), 2 * number


def both(world: RaceWorld, num_studies: int, module: Any) -> list[tuple[float, float]]:
    """Of our looks, then of each plan of AdaStop: share of studies that claim a difference, and mean runs."""
    weights = image_weights(world.num_images, 200)
    rows = []
    for number in range(num_studies):
        rights = world.rights(MOST, np.random.default_rng((41, number)))
        values, draws = rights.mean(axis=2), rights @ weights.T
        rows.append(
            [ours(values, draws, world.num_images), *(adastop(values, plan, module) for plan in PLANS)]
        )
    claimed, runs = np.moveaxis(np.array(rows, float), 2, 0)
    return list(zip(claimed.mean(axis=0).tolist(), runs.mean(axis=0).tolist(), strict=True))


def test_both_claim_a_large_difference() -> None:
    module = import_module("adastop")
    world = replace(USUAL, accuracies=(0.6, 0.8), num_images=1000)
    for share, runs in both(world, 3, module):
        assert share == 1
        assert runs <= 2 * MOST


@pytest.mark.slow
def test_looks_take_fewer_runs_than_adastop_at_equal_error() -> None:
    module = import_module("adastop")
    num_studies = 200
    titles = ["looks from 3 to 10", *(f"AdaStop, {looks} looks of {each}" for each, looks in PLANS)]
    print(f"\n\n| world | {' | '.join(titles)} |\n|{'---|' * 4}")
    results = {}
    for name, world in WORLDS.items():
        results[name] = both(world, num_studies, module)
        cells = [f"{100 * share:.1f} / {runs:.1f}" for share, runs in results[name]]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    for name in ("identical", "equally good, on other images"):
        assert results[name][0][0] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / num_studies)
