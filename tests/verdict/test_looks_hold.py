"""How often a growing study claims what is not so, looked at after every seed, in worlds of known truth.

`python -m pytest -m slow tests/verdict/test_looks_hold.py -s` prints the tables of the docs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from imagined_race import RaceWorld

from taskgraft.statistics import Bounds, Interval, Looks, contrast_interval, image_weights

MARGIN = 0.01
EACH = tuple(range(3, 11))
WORLDS = {
    "equal": RaceWorld((0.65, 0.65)),
    "0.5 apart": RaceWorld((0.65, 0.655)),
    "1 apart": RaceWorld((0.65, 0.66)),
    "equal, 2,000 images": RaceWorld((0.65, 0.65), num_images=2000),
    "1 apart, 2,000 images": RaceWorld((0.65, 0.66), num_images=2000),
    "equal, seeds 0.5 apart": RaceWorld((0.65, 0.65), seed_sd=0.005),
    "1 apart, seeds 0.5 apart": RaceWorld((0.65, 0.66), seed_sd=0.005),
    "equal, seeds 1 apart": RaceWorld((0.65, 0.65), seed_sd=0.01),
    "1 apart, seeds 1 apart": RaceWorld((0.65, 0.66), seed_sd=0.01),
    "equal, few images of its own": RaceWorld((0.65, 0.65), own=0.03),
    "equal, accuracy 95 %": RaceWorld((0.95, 0.95), easy=0.8, own=0.03),
}


@dataclass(frozen=True)
class Outcome:
    """Shares of studies.

    Attributes:
        claimed: A difference at some look.
        covered: The true difference in the intervals of all looks.
        taken: The cheaper one shown to be within the margin, at some look.
        seeds: Mean number of seeds at the first claim, or at the end.
    """

    claimed: float
    covered: float
    taken: float
    seeds: float


def differences(
    world: RaceWorld, num_trials: int, num_seeds: int, num_draws: int
) -> list[tuple[np.ndarray, ...]]:
    """Of each study what the dear one scores over the cheap one, by seed, and resampled."""
    weights = image_weights(world.num_images, num_draws)
    studies = []
    for trial in range(num_trials):
        rights = world.rights(num_seeds, np.random.default_rng((17, trial)))[:, :, world.num_val :]
        difference = rights[1] - rights[0]
        studies.append((difference.mean(axis=1, dtype=np.float64), difference @ weights.T))
    return studies


def looked_at(
    studies: Sequence[tuple[np.ndarray, ...]],
    world: RaceWorld,
    at: Sequence[int],
    planned: int | None,
    *,
    paid: bool,
) -> Outcome:
    """What looks at so many seeds each say."""
    truth = world.accuracies[1] - world.accuracies[0]
    bounds = Bounds(-1.0, 1.0, world.num_images)
    rows = []
    for values, draws in studies:
        intervals: list[Interval] = []
        for number, n in enumerate(at):
            looks = Looks(planned, tuple(at[:number])) if paid else None
            intervals.append(contrast_interval(values[:n], draws[:n], bounds=bounds, looks=looks))
        first = next((n for n, one in zip(at, intervals, strict=True) if one.is_detectable), None)
        rows.append(
            (
                first is not None,
                all(one.low <= truth <= one.high for one in intervals),
                any(one.high < MARGIN for one in intervals),
                first or at[-1],
            )
        )
    return Outcome(*(float(column) for column in np.mean(rows, axis=0)))


def test_in_a_small_simulation_paid_looks_claim_what_is_not_so_in_few_of_twenty() -> None:
    world = RaceWorld((0.65, 0.65), num_images=400, num_val=1)
    studies = differences(world, 250, 8, 100)
    paid = looked_at(studies, world, (3, 4, 5, 6, 7, 8), 8, paid=True)
    free = looked_at(studies, world, (3, 4, 5, 6, 7, 8), 8, paid=False)
    assert paid.claimed <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 250)
    assert paid.claimed <= free.claimed
    assert paid.covered >= 0.93


@pytest.mark.slow
def test_the_whole_sequence_errs_in_at_most_five_per_cent() -> None:
    num_trials = 300
    chance = 3 * np.sqrt(0.05 * 0.95 / num_trials)
    print(
        "\n\n| world | unpaid | paid, 3 to 10 | paid, 3, 5, 10 | open | beyond a plan of 3 |\n"
        + "|---" * 6
        + "|"
    )
    for name, world in WORLDS.items():
        studies = differences(world, num_trials, 10, 200)
        is_equal = world.accuracies[0] == world.accuracies[1]
        columns = {
            "unpaid": looked_at(studies, world, EACH, 10, paid=False),
            "each": looked_at(studies, world, EACH, 10, paid=True),
            "three": looked_at(studies, world, (3, 5, 10), 10, paid=True),
            "open": looked_at(studies, world, EACH, None, paid=True),
            "beyond": looked_at(studies, world, EACH, 3, paid=True),
        }
        cells = [
            f"{100 * c.claimed:.1f} / {100 * c.covered:.1f} / {100 * c.taken:.1f} / {c.seeds:.1f}"
            for c in columns.values()
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
        for key in ("each", "three", "open"):
            assert columns[key].covered >= 0.95 - chance
            if is_equal:
                assert columns[key].claimed <= 0.05 + chance
            if world.accuracies[1] - world.accuracies[0] >= MARGIN - 1e-9:
                assert columns[key].taken <= 0.05 + chance
