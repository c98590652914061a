"""Looks and pairs in studies of known truth: sums of normal variables, whose C and E are taken to be exact.

`python -m pytest -m slow tests/statistics/test_normal_tables.py -s` prints tables of `docs/statistics.md`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from normal_study import Growth
from scipy import stats

from taskgraft.statistics import Looks, VarianceParts
from taskgraft.statistics._spending import nominal_levels

NUM_STUDIES = 20_000
EACH, ONCE = tuple(range(3, 11)), (10,)
EFFECTS = (0.0, 0.005, 0.01)
# Standard deviation of one variant over seeds, and test images; None where only seeds vary.
WORLDS = {
    "usual": (0.0025, 10_000),
    "seeds alike": (0.0, 10_000),
    "seeds 0.5 points apart": (0.005, 10_000),
    "seeds 1 point apart": (0.01, 10_000),
    "2,000 images": (0.0025, 2_000),
    "only seeds vary": (0.01, None),
}


def growth(seed_sd: float, num_images: int | None, effect: float) -> Growth:
    """Differences of two variants: those of `VarianceParts.usual` where seeds are 0.25 points apart."""
    apart, common = (0.0, 0.0) if num_images is None else (0.22 / num_images, 0.04 / num_images)
    between = apart + 2 * seed_sd**2
    return Growth(common / between, apart / between, effect / np.sqrt(between))


def looked_at(grown: Growth, looks: Sequence[int], *, paid: bool = True) -> tuple[float, float]:
    """Per cent of studies that claim a difference at some look; seeds until then, of at most 10."""
    drawn = grown.draw(NUM_STUDIES, 10, np.random.default_rng(4))
    is_over, num_seeds = np.zeros(NUM_STUDIES, bool), np.full(NUM_STUDIES, 10.0)
    for number, at in enumerate(looks, 1):
        level = float(nominal_levels((0.05,), looks[:number], 10)[0]) if paid else 0.05
        estimate, half = drawn.halves(at, level, is_only=len(looks) == 1 or not paid)
        claims = (np.abs(estimate) > half) & ~is_over
        num_seeds[claims] = at
        is_over |= claims
    return 100 * float(is_over.mean()), float(num_seeds.mean())


def test_the_usual_world_is_that_of_the_package() -> None:
    parts = VarianceParts.usual(10_000)
    usual = growth(*WORLDS["usual"], 0.01)
    assert usual.common == pytest.approx(parts.common / parts.between)
    assert usual.effect == pytest.approx(0.01 / np.sqrt(parts.between))


@pytest.mark.slow
def test_looks_that_are_paid_for_err_in_five_per_cent_at_most() -> None:
    print("\n\n| two variants | not paid for | no difference | 0.5 points | 1 point | seeds, 1 point |")
    print("|---" * 6 + "|")
    for name, world in WORLDS.items():
        grown = [growth(*world, effect) for effect in EFFECTS]
        each, once = ([looked_at(one, looks) for one in grown] for looks in (EACH, ONCE))
        unpaid, _ = looked_at(grown[0], EACH, paid=False)
        cells = [f"{a[0]:.1f} / {b[0]:.1f}" for a, b in zip(each, once, strict=True)]
        print(f"| {name} | {unpaid:.1f} | " + " | ".join(cells) + f" | {each[2][1]:.1f} |", flush=True)
        assert each[0][0] <= 5 + 300 * np.sqrt(0.05 / NUM_STUDIES)
        assert each[0][0] < unpaid
    prices = [f"{number}: {Looks.open_price(number):.2f}" for number in (4, 5, 7, 10, 20)]
    print("\nHow much wider intervals of an open horizon are, by seeds:", ", ".join(prices))


def pairing(tie: float, num_seeds: int, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Per cent of 95 % intervals that hold no difference, and their width in points, by seed or not.

    Args:
        tie: Correlation of two variants over seeds.
        num_seeds: Of each.
        rng: Draws the studies.
    """
    num, seeds_sd, common = 60_000, np.sqrt(0.0025**2 + 0.11 / 10_000), 0.04 / 10_000
    one = rng.standard_normal((num, num_seeds))
    other = tie * one + np.sqrt(1 - tie**2) * rng.standard_normal((num, num_seeds))
    shared = np.sqrt(common) * rng.standard_normal(num)
    difference = seeds_sd * (one - other)
    estimate = difference.mean(1) + shared
    paired = difference.var(1, ddof=1) / num_seeds
    first, second = (seeds_sd**2 * each.var(1, ddof=1) / num_seeds for each in (one, other))
    freedoms = {
        "paired": (paired, (num_seeds - 1) * (1 + common / paired) ** 2),
        "unpaired": (
            first + second,
            (first + second + common) ** 2 / ((first**2 + second**2) / (num_seeds - 1)),
        ),
    }
    outcomes = {}
    for name, (variance, freedom) in freedoms.items():
        half = stats.t.isf(0.025, np.minimum(freedom, 1e6)) * np.sqrt(variance + common)
        outcomes[name] = (100 * float((np.abs(estimate) < half).mean()), 200 * float(half.mean()))
    return outcomes


@pytest.mark.slow
def test_pairs_by_seed_cover_alike_whatever_the_correlation() -> None:
    rng = np.random.default_rng(0)
    columns = [f"{number} seeds, {how}" for number in (3, 5, 10) for how in ("paired", "unpaired")]
    print("\n\n| correlation over seeds | " + " | ".join(columns) + " |")
    print("|---" * 7 + "|")
    for tie in (-0.45, 0.0, 0.3, 0.6):
        rows = [pairing(tie, num_seeds, rng) for num_seeds in (3, 5, 10)]
        cells = [f"{held:.1f} ({width:.2f})" for row in rows for held, width in row.values()]
        print(f"| {tie} | " + " | ".join(cells) + " |", flush=True)
        assert all(row["paired"][0] > 92 for row in rows)
