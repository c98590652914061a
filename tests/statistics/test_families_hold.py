"""False claims among 15 pairs after Holm's correction, with one look and with several.

`python -m pytest -m slow tests/statistics/test_families_hold.py -s` prints the tables of decision 78 and what
`docs/statistics.md` says of several looks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from normal_family import Family, draw, floor_of

from taskgraft.statistics import Looks
from taskgraft.statistics._worst_seeds import worst_p

SEEDS = (2, 3, 4, 5, 7, 10, 20)
WAYS: dict[str, Callable[[Family, int], np.ndarray]] = {
    "interval's": lambda family, n: family.ps(n),
    "geometric mean": lambda family, n: family.mean_ps(n),
    "worst case": lambda family, n: worst_p(family.ps(n), n, floor_of(n)),
}
PLANS = {
    "2 and 3 of 3": (2, 3),
    "3 and 4 of 4": (3, 4),
    "2 to 5 of 5": (2, 3, 4, 5),
    "3, 5 and 10 of 10": (3, 5, 10),
}


def claimed(ps: np.ndarray) -> float:
    """Share of studies whose smallest of 15 is claimed."""
    return float(np.mean(ps.min(axis=1) * ps.shape[1] < 0.05))


@pytest.mark.slow
def test_a_family_claims_at_most_what_it_may_at_one_look() -> None:
    num_studies = 3000
    print(f"\n\n| seeds apart by | p | {' | '.join(f'{n} seeds' for n in SEEDS)} |")
    print("|---" * (2 + len(SEEDS)) + "|")
    for seed_sd in (0.25, 0.5, 1, 2, 4, 8):
        families = {n: draw(num_studies, n, seed_sd) for n in SEEDS}
        for way, ps_of in WAYS.items():
            shares = [claimed(ps_of(family, n)) for n, family in families.items()]
            print(f"| {seed_sd} points | {way} | {' | '.join(f'{100 * one:.1f}' for one in shares)} |")
            if way == "worst case":
                assert max(shares) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / num_studies)


@pytest.mark.slow
def test_what_a_family_can_show() -> None:
    print(f"\n\n| difference | p | {' | '.join(f'{n} seeds' for n in SEEDS)} |")
    print("|---" * (2 + len(SEEDS)) + "|")
    for difference in (1.0, 2.0):
        families = {n: draw(2000, n, 0.25, difference) for n in SEEDS}
        for way, ps_of in WAYS.items():
            shares = [np.mean(ps_of(family, n) < 0.05 / 15) for n, family in families.items()]
            print(f"| {difference:g} | {way} | {' | '.join(f'{100 * one:.1f}' for one in shares)} |")


@pytest.mark.slow
def test_several_looks_are_no_worst_case() -> None:
    num_studies = 4000
    print(f"\n\n| seeds apart by | {' | '.join(PLANS)} |\n" + "|---" * (1 + len(PLANS)) + "|")
    for seed_sd in (0.25, 1, 2, 4):
        shares = [at_some_look(draw(num_studies, max(plan), seed_sd), plan) for plan in PLANS.values()]
        print(f"| {seed_sd} points | {' | '.join(f'{100 * one:.1f}' for one in shares)} |")
        # What the known limits say of it.
        assert max(shares) < 0.09


def at_some_look(family: Family, plan: tuple[int, ...]) -> float:
    """Share of studies that claim a difference at one of these looks, the last of which has all seeds."""
    looks, is_claimed = Looks(max(plan), plan), np.zeros(len(family.pairs), bool)
    for num_seeds in plan:
        level = looks.at(num_seeds, float(num_seeds - 1), float(num_seeds)).nominal(0.05 / 15)
        is_claimed |= family.mean_ps(num_seeds).min(axis=1) < level
    return float(is_claimed.mean())
