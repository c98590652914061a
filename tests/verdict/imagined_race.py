"""Studies of known truth for the recommendation: a generator that shares nothing with `taskgraft.statistics`.

A run of variant a and seed s is right on image i where

    level[a] + easy * image[i] + own * image[a, i] + seed * run[a, s] + rest * last[a, s, i] > 0,

all letters with brackets being standard normal and the squares of the weights summing to one: so the true
accuracy, over all images and seeds, is the normal distribution function at level[a], without any integral.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.stats import norm

from taskgraft.study import Goal, LookRecord
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._recommend import recommend
from taskgraft.verdict._recommendation import Recommendation
from taskgraft.verdict._sample import Sample

SCORE = "full_path_accuracy"


@dataclass(frozen=True)
class RaceWorld:
    """Where races come from.

    Attributes:
        accuracies: The true ones, the cheapest variant first.
        num_images: Of the test split.
        num_val: Of the val split.
        easy: Variance over images that all variants share: two of them disagree on 26 % of the images.
        own: Variance over images that is a variant's own: two seeds of one disagree on 22 %.
        seed_sd: Standard deviation over seeds of a run's accuracy over all images.
    """

    accuracies: tuple[float, ...]
    num_images: int = 10_000
    num_val: int = 1000
    easy: float = 0.634
    own: float = 0.1
    seed_sd: float = 0.0025

    def rights(self, num_seeds: int, rng: np.random.Generator) -> np.ndarray:
        """Whether each run is right on each val and then each test image: shape (A, S, N), zeros and ones."""
        num, images = len(self.accuracies), self.num_val + self.num_images
        levels = norm.ppf(self.accuracies)[:, None, None]
        run = self.seed_sd / norm.pdf(levels) * rng.standard_normal((num, num_seeds, 1))
        shared = math.sqrt(self.easy) * rng.standard_normal(images, dtype=np.float32)
        own = math.sqrt(self.own) * rng.standard_normal((num, 1, images), dtype=np.float32)
        last = rng.standard_normal((num, num_seeds, images), dtype=np.float32)
        rest = math.sqrt(1 - self.easy - self.own)
        return ((levels + run).astype(np.float32) + shared + own + rest * last > 0).astype(np.float32)


def race(
    rights: np.ndarray,
    num_val: int,
    weights: np.ndarray,
    margin: float = 0.01,
) -> Recommendation:
    """What is recommended where runs are right as these are; variants are named by number, cheapest first.

    Args:
        rights: Of each run, val images first: shape (A, S, N).
        num_val: Of the images.
        weights: Of the test images in each resampling: shape (R, N).
        margin: As a share.
    """
    evidence = evidence_of(rights, num_val, weights)
    recommendation = recommend(evidence, Aim("full-path", SCORE, margin), standings(evidence))
    assert recommendation is not None
    return recommendation


def evidence_of(
    rights: np.ndarray,
    num_val: int,
    weights: np.ndarray,
    planned: int | None = None,
    looks: tuple[LookRecord, ...] = (),
) -> Evidence:
    """What runs say that are right as these are.

    Args:
        rights: Of each run, val images first: shape (A, S, N).
        num_val: Of the images.
        weights: Of the test images in each resampling: shape (R, N).
        planned: With how many seeds it is to be decided; None where that was not declared.
        looks: So far; a variant that one of them drops has no runs of further seeds.
    """
    val, test = rights[:, :, :num_val].mean(axis=2), rights[:, :, num_val:]
    draws = test @ weights.T
    dropped = {name: look.seeds for look in looks for name in look.dropped or ()}
    keys = [
        (str(a), s)
        for a in range(rights.shape[0])
        for s in range(rights.shape[1])
        if s in dropped.get(str(a), (s,))
    ]
    samples = {
        (name, s): {SCORE: Sample(float(test[int(name), s].mean()), draws[int(name), s], test.shape[2])}
        for name, s in keys
    }
    study: Any = SimpleNamespace(
        runs=[
            SimpleNamespace(variant=name, seed=s, val_scores={SCORE: float(val[int(name), s])})
            for name, s in keys
        ],
        failures=(),
        record=SimpleNamespace(
            request=SimpleNamespace(seeds=tuple(range(rights.shape[1])), resplits=None),
            command=None,
            goal=Goal(max_seeds=planned),
            looks=looks,
            dropped=dropped,
        ),
    )
    targets = np.zeros((test.shape[2], 1), np.int64)
    return Evidence(study, targets, weights, samples, {}, {}, (), {}, SCORE)


def standings(evidence: Evidence) -> Sequence[Any]:
    """What a recommendation looks at in a leaderboard: seeds, scores and MACs that rise with the number."""
    return [
        SimpleNamespace(
            variant=name,
            seeds=evidence.seeds(name),
            scores={SCORE: evidence.interval(SCORE, name)},
            cost=SimpleNamespace(macs=100 * 2 ** int(name)),
            inference=None,
        )
        for name in evidence.names
    ]
