"""Promised accuracies hold over 1,000 draws and 1,000 partitions of saved predictions, all fitted each time.

`python -m pytest -m slow tests/scores/test_promise_holds.py -s` prints the tables of `docs/selective.md`: of
two networks that it trains itself and, with `TASKGRAFT_STUDIES=study:study`, of runs of finished studies.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from promise_trials import (
    BATCH,
    CLIMBING,
    TARGETS,
    Pool,
    Trials,
    exact_share,
    mean_coverage,
    partitioned,
    resampled,
    share_kept,
)

import taskgraft as tg
from taskgraft.study import Study, read_splits, run_directory

NUM_TRIALS = 1000
# Chance alone takes a share of 95 % that far down in 1,000 trials, once in a thousand tables.
SLACK = 3.1 * math.sqrt(0.95 * 0.05 / NUM_TRIALS)


def pools(study: Study) -> Iterator[tuple[str, int, Pool]]:
    """Of each run its name, how many images are val each time, and all images that it never saw."""
    for run in study.runs:
        splits = read_splits(
            run_directory(study.directory, run.variant, run.seed), study.taxonomy.level_names
        )
        (val, of_val), (test, of_test) = splits["val"], splits["test"]
        targets = np.concatenate([of_val, of_test])
        chosen = (targets >= 0).all(axis=1)
        logits = [np.concatenate(pair)[chosen] for pair in zip(val, test, strict=True)]
        pool = Pool(logits, targets[chosen], study.taxonomy)
        # Fewer than 500 could not promise 99 %.
        yield run.name, min(max(len(of_val), 500), len(pool) // 2), pool


def trained(directory: Path) -> Iterator[Study]:
    """Two small networks on drawn shapes, and the studies that the environment names."""
    data = tg.load("shapes", num_train=1500, num_test=2500, val_fraction=0.3)
    yield tg.compare(data, "independent,shared-coarse-to-fine", "quick", epochs=12, out=directory / "shapes")
    for place in filter(None, os.environ.get("TASKGRAFT_STUDIES", "").split(os.pathsep)):
        yield Study.open(Path(place))


@pytest.mark.slow
def test_promises_hold_and_climbing_tells_more_than_any_level_alone(tmp_path: Path) -> None:
    for study in trained(tmp_path):
        for name, num_val, pool in pools(study):
            drawn, parted = (trials(pool, num_val, NUM_TRIALS) for trials in (resampled, partitioned))
            print(f"\n{study.directory.name} {name}: {num_val} of {len(pool)} images are val")
            for target in TARGETS:
                print(row(target, drawn, parted, pool.taxonomy.level_names), end=" ")
                exact = exact_share(num_val, len(pool), target)
                print(f"exactly {100 * exact[0]:.1f} of all draws, {100 * exact[1]:.1f} of all partitions |")
                for kept in (
                    share_kept(drawn[CLIMBING, target], target),
                    share_kept(parted[BATCH, target], target),
                ):
                    assert math.isnan(kept) or kept >= 0.95 - SLACK
                best = max(mean_coverage(parted[level, target]) for level in pool.taxonomy.level_names)
                # A point of coverage where next to nothing is said is chance.
                assert mean_coverage(parted[CLIMBING, target]) >= best - 0.01


def row(target: float, drawn: Trials, parted: Trials, levels: tuple[str, ...]) -> str:
    """A line of the table: promises kept in per cent of those made, and mean coverages in per cent."""
    best = max(levels, key=lambda level: mean_coverage(parted[level, target]))
    cells = [
        share_kept(drawn[CLIMBING, target], target),
        share_kept(parted[CLIMBING, target], target),
        share_kept(parted[BATCH, target], target),
        mean_coverage(parted[CLIMBING, target]),
        mean_coverage(parted[BATCH, target]),
        mean_coverage(parted[best, target]),
    ]
    return f"| {target} | " + " | ".join(f"{100 * cell:.1f}" for cell in cells) + f" ({best}) |"
