"""Real runs that do not differ: of one architecture, shared out between two names many times.

`python -m pytest -m slow tests/verdict/test_real_nulls.py -s` prints a table of `docs/statistics.md`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drawn_colours import drawn_colours
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.recipe import Recipe
from taskgraft.statistics import Bounds, Looks, contrast_interval
from taskgraft.verdict._gather import gather

PRIMARY = "full_path_accuracy"
_NUM_TEST = 1000


def pool(recipe: Recipe, out: Path, num_runs: int) -> tuple[np.ndarray, np.ndarray]:
    """The primary score of so many runs of one variant, (S,), and under each resampling, (S, R)."""
    data = drawn_colours(1600, side=12, noise=500, num_test=_NUM_TEST)
    study = compare(
        data, "shared", recipe, num_runs, out=out, listener=silent, jobs=1, num_threads=1, epochs=4
    )
    evidence = gather(study, num_draws=300)
    return evidence.arrays("shared", tuple(range(num_runs)), PRIMARY)


def claims(
    runs: tuple[np.ndarray, np.ndarray], num_seeds: int, num_times: int, *, is_watched: bool = False
) -> float:
    """How often two names that are given to runs by lot differ detectably.

    Args:
        runs: As `pool` gives them.
        num_seeds: Of each name.
        num_times: How often the names are given.
        is_watched: Whether it is looked at after each seed from the third on, and any look may claim.
    """
    values, draws = runs
    rng, bounds, num_claims = np.random.default_rng(5), Bounds(-1.0, 1.0, _NUM_TEST), 0
    for _ in range(num_times):
        first, second = rng.permutation(len(values))[: 2 * num_seeds].reshape(2, num_seeds)
        differences = values[first] - values[second], draws[first] - draws[second]
        ps, looks = [], Looks(num_seeds)
        for number in range(3 if is_watched else num_seeds, num_seeds + 1):
            seen = (part[:number] for part in differences)
            ps.append(contrast_interval(*seen, bounds=bounds, looks=looks).p)
            looks = looks.looked_at(number)
        num_claims += any(p is not None and p < 0.05 for p in ps)
    return num_claims / num_times


def test_runs_that_do_not_differ_are_rarely_said_to(tiny_recipe: Recipe, tmp_path: Path) -> None:
    runs = pool(tiny_recipe, tmp_path / "study", 8)
    # A pool of networks that all answer alike would claim nothing whatever the test.
    assert runs[0].std() > 0.002
    assert claims(runs, 4, 100) <= 0.1


@pytest.mark.slow
def test_real_nulls_claim_at_most_five_per_cent(tiny_recipe: Recipe, tmp_path: Path) -> None:
    num_runs, num_times = 60, 2000
    runs = pool(tiny_recipe, tmp_path / "study", num_runs)
    print(f"\n\n{num_runs} runs: {100 * runs[0].mean():.1f} % right, s.d. {100 * runs[0].std(ddof=1):.2f}")
    print("\n| seeds of each | one look | looks from 3 on |\n|---|---|---|")
    for num_seeds in (3, 5, 10, 20):
        once = claims(runs, num_seeds, num_times)
        watched = claims(runs, num_seeds, num_times // 4, is_watched=True)
        print(f"| {num_seeds} | {100 * once:.1f} | {100 * watched:.1f} |", flush=True)
        assert once <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / num_times)
        assert watched <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / (num_times // 4))
