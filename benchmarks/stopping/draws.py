"""Studies drawn from a pool: an order of its seeds, and some of its test images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.stopping.pool import Pool, RunKey
from taskgraft.statistics import image_weights

Floats = NDArray[np.floating]
Runs = dict[str, list[RunKey]]
Choice = Callable[[Pool, int, np.random.Generator], Runs]
_NUM_RESAMPLINGS = 200


@dataclass(frozen=True)
class Drawn:
    """What a study would have seen, had it trained all that is planned.

    Attributes:
        names: Of the variants.
        scores: Of each run on the drawn test images, (A, S), in the order in which seeds come.
        draws: The same under each resampling of them, (A, S, R).
        on_val: Of each run, (A, S).
        macs: Of each variant.
        num_images: Drawn.
    """

    names: tuple[str, ...]
    scores: Floats
    draws: Floats
    on_val: Floats
    macs: tuple[int, ...]
    num_images: int

    def first(self, most: int) -> Drawn:
        """The same with fewer seeds planned."""
        return replace(
            self,
            scores=self.scores[:, :most],
            draws=self.draws[:, :most],
            on_val=self.on_val[:, :most],
        )


@dataclass(frozen=True)
class Trial:
    """A drawn study, and what is true of its variants.

    Attributes:
        study: What it would see.
        everywhere: The score of each variant, over all its runs and all test images of the pool.
        here: Likewise of the images that the study has.
    """

    study: Drawn
    everywhere: Mapping[str, float]
    here: Mapping[str, float]


def trials(pool: Pool, choose: Choice, most: int, num_images: int, number: int) -> list[Trial]:
    """So many studies.

    Args:
        pool: The runs.
        choose: Which of them a study is of.
        most: Seeds that it could train.
        num_images: Its test images.
        number: Of the studies.
    """
    weights, everywhere, made = image_weights(num_images, _NUM_RESAMPLINGS), pool.scores(), []
    for place in range(number):
        generator = np.random.default_rng((17, place))
        runs = choose(pool, most, generator)
        images = generator.choice(pool.num_images, num_images, replace=False)
        here, by_name = pool.scores(images), {name: keys[0][0] for name, keys in runs.items()}
        truths = ({name: of[variant] for name, variant in by_name.items()} for of in (everywhere, here))
        made.append(Trial(drawn(pool, runs, images, weights), *truths))
    return made


def drawn(
    pool: Pool, runs: Mapping[str, Sequence[RunKey]], images: NDArray[np.int64], weights: Floats
) -> Drawn:
    """A study of some runs of the pool.

    Args:
        pool: The runs.
        runs: By the name that a variant goes by, in the order of their seeds.
        images: On which of the test images they are scored, (N,).
        weights: Of these in each resampling, (R, N).
    """
    rights = np.stack([[pool.rights[key][images] for key in keys] for keys in runs.values()])
    return Drawn(
        tuple(runs),
        rights.mean(axis=2, dtype=np.float64),
        rights @ weights.T.astype(np.float32),
        np.array([[pool.on_val[key] for key in keys] for keys in runs.values()]),
        tuple(pool.macs[keys[0][0]] for keys in runs.values()),
        len(images),
    )


def all_variants(pool: Pool, most: int, generator: np.random.Generator) -> Runs:
    """Every variant with the same seeds, in one order."""
    return _paired(pool.variants, pool, most, generator)


def two_of_them(pool: Pool, most: int, generator: np.random.Generator) -> Runs:
    """The same of two variants."""
    return _paired(generator.choice(pool.variants, 2, replace=False).tolist(), pool, most, generator)


def _paired(names: Sequence[str], pool: Pool, most: int, generator: np.random.Generator) -> Runs:
    order = generator.permutation(pool.num_seeds)[:most].tolist()
    return {name: [(name, seed) for seed in order] for name in names}


def one_twice(pool: Pool, most: int, generator: np.random.Generator) -> Runs:
    """Runs of one variant under two names: there is no difference to be claimed."""
    variant = pool.variants[generator.integers(len(pool.variants))]
    order = generator.permutation(pool.num_seeds)[: 2 * most].tolist()
    half = len(order) // 2
    return {
        "first": [(variant, seed) for seed in order[:half]],
        "second": [(variant, seed) for seed in order[half : 2 * half]],
    }
