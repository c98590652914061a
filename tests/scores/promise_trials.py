"""Whether promises hold: predictions are parted into val and test many times, and all is fitted each time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.scores import (
    Promise,
    along_path,
    certainties,
    critical_values,
    depths_at,
    fit_pool,
    fit_temperature,
    fixed_level,
    most_probable_paths,
    path_information,
    probs_of,
    tree_probs,
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
class Rule:
    """What a rule says of images: paths, and up to which threshold it says each class of them."""

    preds: IntArray
    certainties: Array


@dataclass(frozen=True)
class Outcome:
    """What became of a promise on images.

    Attributes:
        accuracy: Share of images whose answer was right, or none.
        coverage: Mean information of the answers.
    """

    accuracy: float
    coverage: float


def climbing(val: Pool, images: Pool) -> Rule:
    """What a model does: weights of the levels fitted on val."""
    weights = fit_pool(val.logits, val.targets, val.taxonomy)
    probs = tree_probs(images.logits, weights, images.taxonomy)
    preds = most_probable_paths(probs, images.taxonomy)
    return Rule(preds, certainties(along_path(probs, preds), preds, images.taxonomy))


def at_level(val: Pool, images: Pool, level: int) -> Rule:
    """The plain rule: the top class of one level, by its own calibrated confidence, or nothing."""
    temperature = fit_temperature(val.logits[level], val.targets[:, level])
    probs = probs_of(images.logits[level] / temperature)
    taxonomy, chosen = images.taxonomy, probs.argmax(axis=1)
    # Some leaf under it: what lies deeper is never said.
    leaves = np.array(
        [taxonomy.ancestors(level).tolist().index(k) for k in range(taxonomy.num_classes[level])]
    )
    preds = np.stack([taxonomy.ancestors(i)[leaves[chosen]] for i in range(taxonomy.num_levels)], axis=1)
    return Rule(preds, fixed_level(probs.max(axis=1), level, taxonomy.num_levels))


def judge(rule: Rule, images: Pool, threshold: float) -> Outcome:
    """How often the answers to images were right, and how much they said."""
    depths = depths_at(rule.certainties, threshold)
    is_wrong = np.maximum.accumulate(rule.preds != images.targets, axis=1)
    information = path_information(rule.preds, images.taxonomy)
    rows, last = np.arange(len(depths)), np.maximum(depths - 1, 0)
    is_said = depths > 0
    wrong = np.mean(is_wrong[rows, last] & is_said)
    return Outcome(1 - float(wrong), float(np.mean(information[rows, last] * is_said)))


def promise_of(rule: Rule, val: Pool) -> Promise:
    """What val promises of a rule."""
    return Promise.of(critical_values(rule.certainties, rule.preds, val.targets))


Trials = dict[tuple[str, float], list[Outcome | None]]


def resampled(pool: Pool, num_val: int, num_trials: int) -> Trials:
    """Val images drawn with replacement: as if the pool were all images there are, each draw independent."""
    rng, trials = np.random.default_rng(0), defaultdict(list)
    for _ in range(num_trials):
        val = pool.at(rng.integers(0, len(pool), num_val))
        promise = promise_of(climbing(val, val), val)
        rule = climbing(val, pool)
        for target in TARGETS:
            trials[CLIMBING, target].append(_outcome(promise, rule, pool, target))
    return trials


def partitioned(pool: Pool, num_val: int, num_trials: int, *, has_levels: bool = True) -> Trials:
    """The pool parted into val and test: the promise for all images, and that for this test split."""
    trials = defaultdict(list)
    for val, test in _partitions(pool, num_val, num_trials):
        promise, rule = promise_of(climbing(val, val), val), climbing(val, test)
        for target in TARGETS:
            trials[CLIMBING, target].append(_outcome(promise, rule, test, target))
            trials[BATCH, target].append(_outcome(promise, rule, test, target, len(test)))
        for level, name in enumerate(pool.taxonomy.level_names if has_levels else ()):
            promise, rule = promise_of(at_level(val, val, level), val), at_level(val, test, level)
            for target in TARGETS:
                trials[name, target].append(_outcome(promise, rule, test, target))
    return trials


def share_kept(outcomes: Sequence[Outcome | None], target: float) -> float:
    """Of the promises that could be made, how many were kept."""
    made = [one for one in outcomes if one is not None]
    return float(np.mean([one.accuracy >= target - 1e-12 for one in made])) if made else float("nan")


def mean_coverage(outcomes: Sequence[Outcome | None]) -> float:
    """Mean coverage; where nothing could be promised nothing is said."""
    return float(np.mean([0.0 if one is None else one.coverage for one in outcomes]))


def _outcome(
    promise: Promise, rule: Rule, images: Pool, target: float, num_future: int | None = None
) -> Outcome | None:
    threshold = promise.threshold(target, num_future=num_future)
    return None if threshold is None else judge(rule, images, threshold)


def _partitions(pool: Pool, num_val: int, num_trials: int) -> Iterator[tuple[Pool, Pool]]:
    rng = np.random.default_rng(1)
    for _ in range(num_trials):
        order = rng.permutation(len(pool))
        yield pool.at(order[:num_val]), pool.at(order[num_val:])
