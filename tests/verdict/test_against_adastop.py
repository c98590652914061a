"""Looks that are paid for against AdaStop (Mathieu et al., 2024), on the same runs and at equal error.

`python -m pytest -m slow tests/verdict/test_against_adastop.py -s` prints tables of `docs/statistics.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from imagined_race import RaceWorld

from taskgraft.statistics import Bounds, Looks, contrast_interval, image_weights

MOST, FIRST = 10, 3
USUAL = RaceWorld((0.65, 0.65), num_val=0)
IDENTICAL, OTHER_IMAGES = "identical", "equally good, on other images"
WORLDS = {
    IDENTICAL: replace(USUAL, easy=0.734, own=0.0),
    OTHER_IMAGES: USUAL,
    "0.5 points apart": replace(USUAL, accuracies=(0.65, 0.655)),
    "1 point apart": replace(USUAL, accuracies=(0.65, 0.66)),
    "2 points apart": replace(USUAL, accuracies=(0.65, 0.67)),
    "1 point apart, seeds 1 apart": replace(USUAL, accuracies=(0.65, 0.66), seed_sd=0.01),
}
# Runs of each before a look, and looks.
PLANS = ((5, 2), (2, 5))
Ended = tuple[bool, int]


@dataclass(frozen=True)
class Studies:
    """Many studies of one world.

    Attributes:
        wide: Our p at every look from the third seed on, which speaks of other images, too: shape (N, looks).
        narrow: The same where intervals are made for these test images alone.
        rival: By plan whether AdaStop claims a difference, and its runs: shape (N, 2).
    """

    wide: np.ndarray
    narrow: np.ndarray
    rival: dict[tuple[int, int], np.ndarray]


def looked(values: np.ndarray, draws: np.ndarray, num_images: int | None) -> list[float]:
    """Our p at every look, each that of the whole sequence of looks.

    Args:
        values: Of the two variants, (2, S).
        draws: The same under each resampling of the images, (2, S, R).
        num_images: How many; None where nothing is said of other images.
    """
    looks, ps = Looks(MOST), []
    bounds = None if num_images is None else Bounds(-1, 1, num_images)
    for number in range(FIRST, MOST + 1):
        seen = (part[1, :number] - part[0, :number] for part in (values, draws))
        p = contrast_interval(*seen, bounds=bounds, looks=looks).p
        ps.append(1.0 if p is None else p)
        looks = looks.looked_at(number)
    return ps


def ended(ps: np.ndarray, alpha: float) -> tuple[float, float]:
    """Share of studies that claim a difference at some look, and mean runs until then, or all."""
    claims = ps < alpha
    first = np.where(claims.any(axis=1), claims.argmax(axis=1) + FIRST, MOST)
    return float(claims.any(axis=1).mean()), float(2 * first.mean())


def alpha_for(ps: np.ndarray, error: float) -> float:
    """At which level so many studies claim a difference: where there is none, that is the error."""
    least, number = np.sort(ps.min(axis=1)), round(error * len(ps))
    return float(np.nextafter(least[number - 1], 1)) if number else 0.0


def adastop(values: np.ndarray, plan: tuple[int, int], module: Any) -> Ended:
    """Whether AdaStop claims a difference, and runs; it is given the score of each run on the test split."""
    num_each, num_looks = plan
    comparator = module.MultipleAgentsComparator(n=num_each, K=num_looks, B=2000, alpha=0.05, seed=0)
    for look in range(1, num_looks + 1):
        number = num_each * look
        comparator.partial_compare({"first": values[0, :number], "second": values[1, :number]}, verbose=False)
        if comparator.is_finished:
            break
    (decision,) = comparator.decisions.values()
    return decision in ("larger", "smaller"), 2 * number


def studied(world: RaceWorld, num_studies: int, module: Any) -> Studies:
    """So many studies of a world, by our looks and by AdaStop."""
    weights = image_weights(world.num_images, 200)
    wide, narrow, rival = [], [], []
    for number in range(num_studies):
        rights = world.rights(MOST, np.random.default_rng((41, number)))
        values = rights.mean(axis=2, dtype=np.float64)
        wide.append(looked(values, rights @ weights.T, world.num_images))
        # Images that no resampling changes are all that there are.
        narrow.append(looked(values, np.repeat(values[..., None], 2, axis=2), None))
        rival.append([adastop(values, plan, module) for plan in PLANS])
    of_plans = np.moveaxis(np.array(rival, float), 1, 0)
    return Studies(np.array(wide), np.array(narrow), dict(zip(PLANS, of_plans, strict=True)))


def cell(share: float, runs: float) -> str:
    return f"{100 * share:.1f} / {runs:.1f}"


def at_equal_error(results: dict[str, Studies], null: str, part: str) -> dict[str, list[tuple[float, float]]]:
    """By world, and for each plan: what AdaStop claims and takes, then we at the error that it has.

    Args:
        results: Of all worlds.
        null: The world in which a claim is an error.
        part: Which of our intervals: `wide` or `narrow`.
    """
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in results}
    for plan in PLANS:
        error = results[null].rival[plan][:, 0].mean()
        alpha = alpha_for(getattr(results[null], part), error)
        for name, of_world in results.items():
            share, runs = of_world.rival[plan].mean(axis=0).tolist()
            rows[name] += [(share, runs), ended(getattr(of_world, part), alpha)]
    return rows


def test_both_claim_a_large_difference() -> None:
    module = import_module("adastop")
    world = replace(USUAL, accuracies=(0.6, 0.8), num_images=1000)
    studies = studied(world, 3, module)
    for share, runs in (ended(studies.wide, 0.05), ended(studies.narrow, 0.05)):
        assert (share, runs <= 2 * MOST) == (1, True)
    assert all(claimed.all() for claimed, _ in (of_plan.T for of_plan in studies.rival.values()))


def test_the_level_is_chosen_for_an_equal_error() -> None:
    ps = np.array([[0.9, 0.3], [0.02, 0.5], [0.7, 0.6], [0.2, 0.01]])
    assert alpha_for(ps, 0.0) == 0
    for error in (0.25, 0.5, 0.75):
        assert ended(ps, alpha_for(ps, error))[0] == error
    assert ended(ps, 0.05) == (0.5, 2 * (MOST + 3 + MOST + 4) / 4)


@pytest.mark.slow
def test_looks_and_adastop_at_equal_error() -> None:
    module, num_studies = import_module("adastop"), 400
    results = {name: studied(world, num_studies, module) for name, world in WORLDS.items()}
    titles = [f"AdaStop, {looks} looks of {each}" for each, looks in PLANS]
    print(f"\n\n| world | looks from 3 to 10 | for these images | {' | '.join(titles)} |\n|{'---|' * 5}")
    for name, of_world in results.items():
        ours = [ended(of_world.wide, 0.05), ended(of_world.narrow, 0.05)]
        rival = [tuple(each.mean(axis=0).tolist()) for each in of_world.rival.values()]
        print(f"| {name} | {' | '.join(cell(*each) for each in [*ours, *rival])} |")
    for null, part in ((OTHER_IMAGES, "wide"), (IDENTICAL, "narrow")):
        heads = " | ".join(f"{title} | ours" for title in titles)
        print(f"\n| world (errors are equal where {null}) | {heads} |\n|{'---|' * 5}")
        for name, row in at_equal_error(results, null, part).items():
            print(f"| {name} | {' | '.join(cell(*each) for each in row)} |", flush=True)
    for name in (IDENTICAL, OTHER_IMAGES):
        assert ended(results[name].wide, 0.05)[0] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / num_studies)
    assert ended(results[IDENTICAL].narrow, 0.05)[0] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / num_studies)
