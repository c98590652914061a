"""Whether promises hold: predictions are parted into val and test many times, and all is fitted each time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, hypergeom

from taskgraft.scores import (
    Answers,
    Promise,
    Rule,
    climbing,
    depths_at,
    fit_pool,
    fit_promise,
    fit_temperature,
    fixed_level,
    path_information,
)
from taskgraft.taxonomy import IntArray, Taxonomy

Array = npt.NDArray[np.float64]
TARGETS = (0.7, 0.8, 0.9, 0.95, 0.99)
CLIMBING = "climbing"
BATCH = "climbing, this test split"


@dataclass(frozen=True)
class Pool:
    """Images that a network never saw, labelled at every level.

    Attributes:
        logits: One array (N, K) a level, coarsest first.
        targets: True classes, shape (N, L).
        taxonomy: The L levels.
    """

    logits: Sequence[npt.NDArray[np.floating]]
    targets: IntArray
    taxonomy: Taxonomy

    def __len__(self) -> int:
        return len(self.targets)

    def at(self, chosen: IntArray) -> Pool:
        """Some of the images, in the order given."""
        return Pool([level[chosen] for level in self.logits], self.targets[chosen], self.taxonomy)


@dataclass(frozen=True)
class Outcome:
    """What became of a promise on images.

    Attributes:
        accuracy: Share of images whose answer was right, or none.
        coverage: Mean information of the answers.
    """

    accuracy: float
    coverage: float


Fit = Callable[[Sequence[Array], IntArray], Rule]


def climbing_of(taxonomy: Taxonomy) -> Fit:
    """What a model does: weights of the levels fitted on val."""
    return lambda logits, targets: partial(
        climbing, weights=fit_pool(logits, targets, taxonomy), taxonomy=taxonomy
    )


def plain_of(taxonomy: Taxonomy, level: int) -> Fit:
    """The plain rule: the top class of one level, by its own calibrated confidence, or nothing."""

    def fit(logits: Sequence[Array], targets: IntArray) -> Rule:
        temperature = fit_temperature(logits[level], targets[:, level])
        return lambda images: fixed_level(images[level] / temperature, level, taxonomy)

    return fit


def judge(answers: Answers, images: Pool, threshold: float) -> Outcome:
    """How often the answers to images were right, and how much they said."""
    depths = depths_at(answers.certainties, threshold)
    is_wrong = np.maximum.accumulate(answers.preds != images.targets, axis=1)
    information = path_information(answers.preds, images.taxonomy)
    rows, last = np.arange(len(depths)), np.maximum(depths - 1, 0)
    is_said = depths > 0
    wrong = np.mean(is_wrong[rows, last] & is_said)
    return Outcome(1 - float(wrong), float(np.mean(information[rows, last] * is_said)))


Trials = dict[tuple[str, float], list[Outcome | None]]


def resampled(pool: Pool, num_val: int, num_trials: int) -> Trials:
    """Val images drawn with replacement: as if the pool were all images there are, each draw independent."""
    rng, trials = np.random.default_rng(0), defaultdict(list)
    for _ in range(num_trials):
        val = pool.at(rng.integers(0, len(pool), num_val))
        _try(trials, CLIMBING, climbing_of(pool.taxonomy), val, pool)
    return trials


def partitioned(pool: Pool, num_val: int, num_trials: int) -> Trials:
    """The pool parted into val and test: the promise for all images, and that for this test split."""
    rng, trials = np.random.default_rng(1), defaultdict(list)
    for _ in range(num_trials):
        order = rng.permutation(len(pool))
        val, test = pool.at(order[:num_val]), pool.at(order[num_val:])
        _try(trials, CLIMBING, climbing_of(pool.taxonomy), val, test, has_batch=True)
        for level, name in enumerate(pool.taxonomy.level_names):
            _try(trials, name, plain_of(pool.taxonomy, level), val, test)
    return trials


def _try(trials: Trials, name: str, fit: Fit, val: Pool, images: Pool, *, has_batch: bool = False) -> None:
    """Everything is fitted on val, and judged on other images."""
    promise = fit_promise(val.logits, val.targets, fit)
    answers = fit(val.logits, val.targets)(images.logits)
    for target in TARGETS:
        threshold = promise.threshold(target)
        trials[name, target].append(None if threshold is None else judge(answers, images, threshold))
        if has_batch:
            threshold = promise.threshold(target, num_future=len(images))
            trials[BATCH, target].append(None if threshold is None else judge(answers, images, threshold))


def share_kept(outcomes: Sequence[Outcome | None], target: float) -> float:
    """Of the promises that could be made, how many were kept."""
    made = [one for one in outcomes if one is not None]
    return float(np.mean([one.accuracy >= target - 1e-12 for one in made])) if made else float("nan")


def exact_share(num_val: int, num_images: int, target: float) -> tuple[float, float]:
    """In how many of all draws, and of all partitions, a promise is kept; what `share_kept` only estimates.

    For critical values of their own each: ties make it more. By counting alone, whatever the images are: the
    k-th smallest of val images drawn from a pool leaves too few right exactly if k or more of them are among
    the pool's first ones; and of a partition, if too few of the test images are among those before it.

    Args:
        num_val: Images drawn for val.
        num_images: Of the pool.
        target: What is promised; to the rest of a partition, for the number of its images.
    """
    promise = Promise((), 0, num_val)
    too_few = math.ceil(target * num_images - 1e-9) - 1
    drawn = binom.cdf(rank_of(promise, target) - 1, num_val, too_few / num_images)
    num_test = num_images - num_val
    lowest = rank_of(promise, target, num_test) + (most := math.ceil(target * num_test - 1e-9)) - 1
    return float(drawn), float(hypergeom.sf(most - 1, num_images, num_test, lowest))


def rank_of(promise: Promise, target: float, num_future: int | None = None) -> int:
    """Which of the ascending critical values, counted from 1, is the threshold."""
    values = np.arange(1, promise.num_images + 1) / 1_000
    threshold = Promise.of(values).threshold(target, num_future=num_future)
    return promise.num_images + 1 if threshold is None else round(1_000 * threshold)


def mean_coverage(outcomes: Sequence[Outcome | None]) -> float:
    """Mean coverage; where nothing could be promised nothing is said."""
    return float(np.mean([0.0 if one is None else one.coverage for one in outcomes]))
