"""When a study stops and what it says then: by `--until-decided`, by AdaStop, or after so many seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.stopping.draws import Drawn
from benchmarks.stopping.pool import SCORE
from taskgraft.study import Goal, LookRecord
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._judge import judged
from taskgraft.verdict._recommend import raced
from taskgraft.verdict._sample import Sample

# More change little of two looks of five runs, and take minutes a study.
_NUM_PERMUTATIONS = 2_000


@dataclass(frozen=True)
class Ending:
    """How a study ended.

    Attributes:
        winner: Whom it would take.
        claims: Pairs (better, worse) that it says differ.
        num_runs: That it took.
        shown: Whom it says to take: within the margin of the best (ours), or the only one unbeaten (AdaStop).
    """

    winner: str
    claims: frozenset[tuple[str, str]]
    num_runs: int
    shown: str | None = None


def until_decided(study: Drawn, margin: float, most: int) -> Ending:
    """By the functions that `compare --until-decided` decides with, one seed after another.

    Args:
        study: All that could be trained.
        margin: Of the score, as a share.
        most: Seeds that are planned.
    """
    study, aim = study.first(most), Aim("full-path", SCORE, margin)
    looks: tuple[LookRecord, ...] = ()
    num_runs = len(study.names)
    for num_seeds in range(2, study.scores.shape[1] + 1):
        evidence = _evidence(study, num_seeds, looks)
        num_runs += sum((name, num_seeds - 1) in evidence.samples for name in study.names)
        judgement = judged(evidence, aim, _standings(study))
        looks += (LookRecord(seeds=judgement.seeds, shown="", dropped=judgement.dropped),)
        if judgement.is_over:
            break
    race, _, taken = raced(_evidence(study, num_seeds, looks), aim, _standings(study))
    winner = taken or race.best
    assert winner is not None
    claims = frozenset(
        (loss.rival, name) for name, losses in race.losses.items() for loss in losses if loss.is_detected
    )
    return Ending(winner, claims, num_runs, taken)


def _evidence(study: Drawn, num_seeds: int, looks: tuple[LookRecord, ...]) -> Evidence:
    """What runs of so many seeds say; a variant that a look has dropped has none of later seeds."""
    dropped = {name: look.seeds for look in looks for name in look.dropped or ()}
    keys = [
        (row, seed)
        for row, name in enumerate(study.names)
        for seed in range(num_seeds)
        if seed in dropped.get(name, (seed,))
    ]
    samples = {
        (study.names[row], seed): {
            SCORE: Sample(study.scores[row, seed], study.draws[row, seed], study.num_images)
        }
        for row, seed in keys
    }
    runs = [
        SimpleNamespace(variant=study.names[row], seed=seed, val_scores={SCORE: study.on_val[row, seed]})
        for row, seed in keys
    ]
    record = SimpleNamespace(
        request=SimpleNamespace(seeds=tuple(range(num_seeds)), resplits=None),
        goal=Goal(max_seeds=study.scores.shape[1]),
        looks=looks,
        dropped=dropped,
    )
    stands_for: Any = SimpleNamespace(runs=runs, failures=(), record=record)
    no_targets = np.zeros((study.num_images, 1), np.int64)
    return Evidence(stands_for, no_targets, study.draws[0], samples, {}, {}, (), {}, SCORE)


def _standings(study: Drawn) -> Sequence[Any]:
    """What a race looks at in a leaderboard: what the variants cost."""
    return [
        SimpleNamespace(variant=name, cost=SimpleNamespace(macs=macs), inference=None)
        for name, macs in zip(study.names, study.macs, strict=True)
    ]


def adastop(study: Drawn, plan: tuple[int, int], alpha: float) -> Ending:
    """By AdaStop, until all but one variant are said to be worse than another, or every pair is decided.

    By itself it goes on until every pair is decided, and trains a variant as long as one of its pairs is not.
    Whom to take does not depend on pairs of losers: runs of a variant that has lost are given to it and not
    counted, which is less than it can do with.

    Args:
        study: All that could be trained.
        plan: Runs of each before a look, and looks.
        alpha: Its error.
    """
    (num_each, num_looks), names = plan, study.names
    compare = import_module("adastop").MultipleAgentsComparator(
        n=num_each, K=num_looks, B=_NUM_PERMUTATIONS, alpha=alpha, seed=0
    )
    running, unbeaten, num_runs = set(names), list(names), 0
    for look in range(1, num_looks + 1):
        num_runs += num_each * len(running.intersection(unbeaten))
        seen = {name: study.scores[row, : num_each * look] for row, name in enumerate(names)}
        compare.partial_compare(seen, verbose=False)
        running = {names[row] for row in np.ravel(compare.current_comparisons)}
        claims = _claims(compare, names)
        unbeaten = [name for name in names if name not in {worse for _, worse in claims}]
        if compare.is_finished or len(unbeaten) == 1:
            break
    winner = max(unbeaten or names, key=lambda name: seen[name].mean())
    return Ending(winner, claims, num_runs, winner if len(unbeaten) == 1 else None)


def _claims(compare: Any, names: Sequence[str]) -> frozenset[tuple[str, str]]:
    claims = set()
    for first, second in compare.comparisons:
        decision = compare.decisions[str(np.array([first, second]))]
        if decision in ("larger", "smaller"):
            pair = (names[first], names[second])
            claims.add(pair if decision == "larger" else pair[::-1])
    return frozenset(claims)


def fixed(study: Drawn, num_seeds: int) -> Ending:
    """By the highest mean of so many seeds of each, which claims nothing."""
    means = study.scores[:, :num_seeds].mean(axis=1)
    return Ending(study.names[int(means.argmax())], frozenset(), num_seeds * len(study.names))
