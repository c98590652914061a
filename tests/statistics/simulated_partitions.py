"""Studies of known truth on partitions of one pool of images, by a generator apart from the statistics.

A run of architecture a and seed s on partition p is right on image i of its test part where

    level[a] + easy * image[i] + own * image[a, i] + split[a, p] + seed * run[a, s] + rest * last[a, s, i]

is above zero, letters with brackets being standard normal, but for `split`: what a training set does to an
architecture. Of its variance a share is `carried`: made by which images are in train, each by itself, so that
partitions which share train images share it. The rest is another draw for each partition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import norm


@dataclass(frozen=True)
class PartitionWorld:
    """Where two architectures are compared.

    Attributes:
        accuracies: The true ones, over all training sets, seeds and images.
        pool: Images of train and test together.
        num_test: Of them those that a partition tests.
        split_sd: Standard deviation over training sets of an architecture's accuracy.
        carried: Share of that variance which train images carry with them.
        seed_sd: Standard deviation over seeds of a run's accuracy.
        easy: Variance over images that both share.
        own: Variance over images that is an architecture's own.
    """

    accuracies: tuple[float, float] = (0.65, 0.65)
    pool: int = 60_000
    num_test: int = 10_000
    split_sd: float = 0.003
    carried: float = 0.0
    seed_sd: float = 0.0025
    easy: float = 0.634
    own: float = 0.1

    @property
    def difference(self) -> float:
        """What the second has more than the first."""
        return self.accuracies[1] - self.accuracies[0]


class PartitionStudy(NamedTuple):
    """What the runs of a study say of the difference.

    Attributes:
        differences: Of each seed, on each image that it was tested on: shape (S, N).
        tested: Which images of the pool these are: shape (S, N).
    """

    differences: np.ndarray
    tested: np.ndarray


def draw_study(world: PartitionWorld, partitions: list[int], rng: np.random.Generator) -> PartitionStudy:
    """One study; seed s is on `partitions[s]`."""
    levels = norm.ppf(world.accuracies)
    slopes = norm.pdf(levels)
    image = math.sqrt(world.easy) * rng.standard_normal(world.pool, np.float32)
    images = image + math.sqrt(world.own) * rng.standard_normal((2, world.pool), np.float32)
    influence = rng.standard_normal((2, world.pool), np.float32) if world.carried else np.zeros((2, 1))
    parts = {p: rng.choice(world.pool, world.num_test, replace=False) for p in sorted(set(partitions))}
    effects = {p: _training(world, influence, test, rng) / slopes for p, test in parts.items()}
    differences, tested = [], []
    for p in partitions:
        test = parts[p]
        run = levels + effects[p] + world.seed_sd / slopes * rng.standard_normal(2)
        rest = math.sqrt(1 - world.easy - world.own) * rng.standard_normal((2, world.num_test), np.float32)
        is_right = run[:, None] + images[:, test] + rest > 0
        differences.append(is_right[1].astype(float) - is_right[0])
        tested.append(test)
    return PartitionStudy(np.array(differences), np.array(tested))


def _training(
    world: PartitionWorld, influence: np.ndarray, test: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """What the training set beside these test images does to the accuracy of both: shape (2,)."""
    if not world.carried:
        return world.split_sd * rng.standard_normal(2)
    num_train = world.pool - world.num_test
    carried = (influence.sum(axis=1) - influence[:, test].sum(axis=1)) / math.sqrt(num_train)
    apart = rng.standard_normal(2)
    return world.split_sd * (math.sqrt(world.carried) * carried + math.sqrt(1 - world.carried) * apart)


def exact_moments(study: PartitionStudy, world: PartitionWorld) -> tuple[np.ndarray, np.ndarray]:
    """Each seed's difference (S,), and the covariance of these under endless resamplings of the pool."""
    values = study.differences.mean(axis=1)
    spread = np.zeros((len(values), world.pool))
    for row, test, differences, value in zip(spread, study.tested, study.differences, values, strict=True):
        row[test] = (differences - value) / world.num_test
    return values, spread @ spread.T
