"""Simulated studies: architectures x seeds on test images, with true accuracies that are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

NODES, MASSES = np.polynomial.hermite_e.hermegauss(80)
MASSES = MASSES / MASSES.sum()


@dataclass(frozen=True)
class World:
    """Where studies come from.

    A run of architecture a and seed s is right on image i with the probability expit(level[a] + image[a, i] +
    run[a, s]). image[a, i] is normal: most of it is a difficulty that all architectures share, the rest each
    architecture's own. run[a, s] is normal: some runs are better on all images. The last draw, right or
    wrong, is what two seeds of one architecture disagree by.

    Attributes:
        accuracies: The true ones, one an architecture: expected over all images and seeds.
        num_images: N.
        own: Share of the variance over images that is an architecture's own; 0 makes equally accurate
            architectures identical.
        seed_sd: Standard deviation over seeds of a run's accuracy over all images.
        disagreement: Share of images that one of two seeds of the first architecture gets right and the other
            does not.
    """

    accuracies: tuple[float, ...]
    num_images: int
    own: float = 0.1
    seed_sd: float = 0.0025
    disagreement: float = 0.22

    @cached_property
    def spread(self) -> float:
        """Standard deviation over images, such that seeds disagree as often as they should."""

        def excess(spread: float) -> float:
            rights = expit(level_of(self.accuracies[0], spread) + spread * NODES)
            return float(2 * MASSES @ (rights * (1 - rights)) - self.disagreement)

        return float(brentq(excess, 0.1, 20))

    @cached_property
    def levels(self) -> np.ndarray:
        return np.array([level_of(accuracy, self.spread) for accuracy in self.accuracies])

    def rights(self, num_seeds: int, rng: np.random.Generator) -> np.ndarray:
        """Whether each run is right on each image: shape (A, S, N), zeros and ones."""
        num_architectures = len(self.accuracies)
        shared = rng.standard_normal(self.num_images, dtype=np.float32)
        own = rng.standard_normal((num_architectures, self.num_images), dtype=np.float32)
        image = self.spread * (np.sqrt(1 - self.own) * shared + np.sqrt(self.own) * own)
        run = rng.normal(0, self.seed_sd / (self.disagreement / 2), (num_architectures, num_seeds, 1))
        odds = np.exp(self.levels[:, None] + image).astype(np.float32)[:, None]
        odds = odds * np.exp(run).astype(np.float32)
        # expit(x) = odds / (1 + odds), compared without the division.
        uniform = rng.random(odds.shape, dtype=np.float32)
        return (uniform * (1 + odds) < odds).astype(np.float32)


def level_of(accuracy: float, spread: float) -> float:
    """The level at which the mean of expit(level + spread z) over a normal z is the accuracy."""
    return float(brentq(lambda level: MASSES @ expit(level + spread * NODES) - accuracy, -40, 40))


@dataclass(frozen=True)
class Trials:
    """Contrasts of T simulated studies.

    Attributes:
        values: On the whole test split, for each seed: shape (T, P, S).
        image_variance: Bootstrap variance of the mean over seeds: shape (T, P).
        run_variance: Bootstrap variance of a single seed, mean over seeds: shape (T, P).
    """

    values: np.ndarray
    image_variance: np.ndarray
    run_variance: np.ndarray


SEEDS = (2, 3, 5, 10)


def simulate(
    world: World, contrasts: np.ndarray, num_trials: int, seed: int, seeds: tuple[int, ...] = SEEDS
) -> dict[int, Trials]:
    """Contrasts, shape (P, A), of many studies, with their bootstrap variances in closed form.

    The bootstrap variance of a weighted mean is the variance over images divided by N; so the covariances
    between runs are all that is needed of a study. Fewer seeds are the first of those of the largest study.
    """
    found: dict[int, list[tuple[np.ndarray, ...]]] = {num_seeds: [] for num_seeds in seeds}
    for trial in range(num_trials):
        rights = world.rights(max(seeds), np.random.default_rng((seed, trial)))
        values, covariances = moments(rights, contrasts)
        for n, rows in found.items():
            part = covariances[:, :n, :n]
            rows.append((values[:, :n], part.mean(axis=(1, 2)), part.diagonal(axis1=1, axis2=2).mean(axis=1)))
    return {n: Trials(*(np.stack(column) for column in zip(*rows, strict=True))) for n, rows in found.items()}


def moments(rights: np.ndarray, contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Contrasts of each seed, shape (P, S), and their covariances over resampled images, shape (P, S, S)."""
    num_architectures, num_seeds, num_images = rights.shape
    runs = rights.reshape(-1, num_images)
    means = runs.mean(axis=1, dtype=np.float64)
    covariances = (runs @ runs.T).astype(np.float64) / num_images - np.outer(means, means)
    covariances = covariances.reshape(num_architectures, num_seeds, num_architectures, num_seeds)
    half = np.tensordot(contrasts, covariances, axes=(1, 0))
    whole = np.einsum("psbt,pb->pst", half, contrasts)
    return contrasts @ means.reshape(num_architectures, num_seeds), whole / num_images


def pairs(num_architectures: int) -> np.ndarray:
    """The contrast of each pair: shape (P, A)."""
    identity = np.eye(num_architectures)
    return np.array(
        [identity[j] - identity[i] for i, j in zip(*np.triu_indices(num_architectures, 1), strict=True)]
    )
