"""How much of a full study it takes to be decided, and how often with another winner, in worlds of truth.

`python -m pytest -m slow tests/verdict/test_until_decided_holds.py -s` prints the table of the docs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from imagined_race import SCORE, RaceWorld, evidence_of, standings

from taskgraft.statistics import image_weights
from taskgraft.study import LookRecord
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._judge import judged
from taskgraft.verdict._recommend import recommend

MARGIN = 0.01
MOST = 10
WORLDS = {
    "two, equal": RaceWorld((0.65, 0.65)),
    "two, the cheap one 1 worse": RaceWorld((0.65, 0.66)),
    "two, the cheap one 3 worse": RaceWorld((0.65, 0.68)),
    "seven, 0.7 points from one to the next": RaceWorld(tuple(0.62 + 0.007 * i for i in range(7))),
    "seven, the cheap one 3 better": RaceWorld((0.68, *(0.65,) * 6)),
    "seven, five 3 worse": RaceWorld((0.65, 0.65, 0.65, 0.68, 0.65, 0.65, 0.68)),
    "seven, equal": RaceWorld((0.65,) * 7),
    "seven, equal, 2,000 images": RaceWorld((0.65,) * 7, num_images=2000),
    "five, seeds 2 points apart, 2,000 images": RaceWorld(
        (0.236, 0.252, 0.258, 0.282, 0.308), num_images=2000, num_val=500, seed_sd=0.02
    ),
}


@dataclass(frozen=True)
class Ending:
    """How a study ended.

    Attributes:
        num_runs: That it took.
        favoured: What it recommends or, where it recommends nothing, the best on val.
        taken: What it recommends.
    """

    num_runs: int
    favoured: str
    taken: str | None


def until_decided(rights: np.ndarray, num_val: int, weights: np.ndarray) -> Ending:
    """A study that grows by one seed after another."""
    looks: tuple[LookRecord, ...] = ()
    num_runs = rights.shape[0]
    for num_seeds in range(2, MOST + 1):
        dropped = {name for look in looks for name in look.dropped or ()}
        num_runs += rights.shape[0] - len(dropped)
        evidence = evidence_of(rights[:, :num_seeds], num_val, weights, MOST, looks)
        aim = Aim("full-path", SCORE, MARGIN)
        judgement = judged(evidence, aim, standings(evidence))
        looks += (LookRecord(seeds=tuple(range(num_seeds)), shown="", dropped=judgement.dropped),)
        if judgement.is_over or num_seeds == MOST:
            break
    return ending(evidence_of(rights[:, :num_seeds], num_val, weights, MOST, looks), num_runs)


def ending(evidence: Any, num_runs: int) -> Ending:
    """What the verdict of a study says in the end."""
    chosen = recommend(evidence, Aim("full-path", SCORE, MARGIN), standings(evidence))
    assert chosen is not None
    assert chosen.favoured is not None
    return Ending(num_runs, chosen.favoured, chosen.variant)


def full(rights: np.ndarray, num_val: int, weights: np.ndarray) -> Ending:
    """All seeds, looked at once."""
    return ending(evidence_of(rights, num_val, weights, MOST), rights.shape[0] * MOST)


def raced(world: RaceWorld, num_trials: int, num_draws: int) -> dict[str, float]:
    """Shares of studies, and of the runs of full ones."""
    weights = image_weights(world.num_images, num_draws)
    best = max(world.accuracies)
    rows = []
    for trial in range(num_trials):
        rights = world.rights(MOST, np.random.default_rng((23, trial)))
        short, whole = until_decided(rights, world.num_val, weights), full(rights, world.num_val, weights)
        of = {name: world.accuracies[int(name)] for name in (short.favoured, whole.favoured)}
        rows.append(
            (
                short.num_runs / whole.num_runs,
                of[short.favoured] >= of[whole.favoured] - MARGIN - 1e-9,
                short.taken == whole.taken,
                short.taken is not None and world.accuracies[int(short.taken)] <= best - MARGIN + 1e-9,
                whole.taken is not None and world.accuracies[int(whole.taken)] <= best - MARGIN + 1e-9,
                short.taken is not None,
                whole.taken is not None,
            )
        )
    names = ("cost", "same", "identical", "wrong", "wrong in full", "taken", "taken in full")
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))


def test_a_study_of_unlike_variants_is_decided_early_and_as_the_full_one() -> None:
    world = RaceWorld((0.65, 0.75, 0.55), num_images=1000, num_val=100)
    shares = raced(world, 12, 100)
    assert shares["cost"] < 0.5
    assert shares["same"] == 1
    assert shares["wrong"] == 0


def test_nothing_is_given_up_after_two_seeds_that_say_little() -> None:
    world, aim = RaceWorld((0.25, 0.26, 0.27), 500, 100, seed_sd=0.025), Aim("full-path", SCORE, MARGIN)
    weights = image_weights(world.num_images, 50)
    for trial in range(12):
        rights = world.rights(2, np.random.default_rng((29, trial)))
        evidence = evidence_of(rights, world.num_val, weights, MOST)
        assert not judged(evidence, aim, standings(evidence)).is_over


def test_what_has_no_chance_any_more_is_given_up() -> None:
    world, aim = RaceWorld((0.65, 0.65), 300, 100), Aim("full-path", SCORE, MARGIN)
    weights = image_weights(world.num_images, 50)
    texts = []
    for trial in range(12):
        rights = world.rights(6, np.random.default_rng((31, trial)))
        evidence = evidence_of(rights, world.num_val, weights, MOST)
        judgement = judged(evidence, aim, standings(evidence))
        texts += [judgement.text] if judgement.is_over else []
    # In the others one is ahead, as it happens, and may stay so.
    assert len(texts) > 3
    assert all("no variant can be shown" in text for text in texts)


@pytest.mark.slow
def test_the_winner_is_within_the_margin_of_that_of_the_full_study() -> None:
    num_trials = 60
    print("\n\n| world | runs | same winner within the margin | wrong / in full | taken / in full |")
    print("|---" * 5 + "|")
    for name, world in WORLDS.items():
        shares = raced(world, num_trials, 200)
        print(
            f"| {name} | {100 * shares['cost']:.0f} | {100 * shares['same']:.0f} | "
            f"{100 * shares['wrong']:.0f} / {100 * shares['wrong in full']:.0f} | "
            f"{100 * shares['taken']:.0f} / {100 * shares['taken in full']:.0f} |",
            flush=True,
        )
        assert shares["same"] >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / num_trials)
        assert shares["wrong"] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / num_trials)
