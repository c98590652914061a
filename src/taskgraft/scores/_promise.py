"""A threshold that keeps a promise: so many answers right, with so much confidence."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr

from taskgraft.scores._pool import Probs
from taskgraft.taxonomy import IntArray

CONFIDENCE = 0.95
MOST_CRITICAL = 2000
"""Critical values that a model keeps, however many validation images there were."""

# Thresholds are written with seven digits: as fine as float32 is just below 1.
_STEPS = 10_000_000
MOST_THRESHOLD = (_STEPS + 1) / _STEPS
"""The largest threshold: just above certain."""


def critical_values(certainties: Probs, preds: IntArray, targets: IntArray) -> npt.NDArray[np.float64]:
    """The lowest threshold at which the answer to each image is right: shape (M,), of the M images judged.

    An answer is right if all classes that it says are true; to say nothing is not wrong. Down a path answers
    stay wrong once they are, so an image is answered rightly from just above the certainty of its first
    wrong class on: at 0 where none is.

    Args:
        certainties: Up to which threshold each class is said, never rising along a path: shape (N, L).
        preds: The path, shape (N, L).
        targets: True classes, shape (N, L), -1 where not known. Images that lack a label at some level are
            left out, whatever is predicted: to judge those alone that are wrong before the gap would make
            the images that count depend on the answers.

    Example:
        >>> preds, targets = np.array([[0, 1], [0, 1], [0, 1]]), np.array([[0, 2], [0, 1], [1, -1]])
        >>> critical_values(np.array([[0.9, 0.6], [0.8, 0.7], [0.9, 0.9]]), preds, targets).tolist()
        [0.6000001, 0.0]
    """
    is_judged = (targets >= 0).all(axis=1)
    certainties, is_wrong = certainties[is_judged], (preds != targets)[is_judged]
    first = is_wrong.argmax(axis=1)
    just_above = (np.floor(certainties[np.arange(len(first)), first] * _STEPS) + 1) / _STEPS
    # A class that is never said is never wrong.
    critical: npt.NDArray[np.float64] = np.where(is_wrong.any(axis=1), np.maximum(just_above, 0.0), 0.0)
    return critical


@dataclass(frozen=True)
class Promise:
    """What validation images say of thresholds.

    Attributes:
        critical: Of the images that some threshold gets wrong, their `critical_values`, ascending: all of
            them, or `MOST_CRITICAL` at even distances of rank, the last always among them.
        num_critical: How many such images there are.
        num_images: Images judged in all.
    """

    critical: tuple[float, ...]
    num_critical: int
    num_images: int

    @classmethod
    def of(cls, critical: npt.NDArray[np.float64]) -> Self:
        """Keeps of critical values what thresholds need.

        Args:
            critical: As `critical_values` gives them, shape (M,).

        Example:
            >>> Promise.of(np.array([0.6, 0.0, 0.3]))
            Promise(critical=(0.3, 0.6), num_critical=2, num_images=3)
        """
        above = np.sort(critical[critical > 0])
        num_kept = min(len(above), MOST_CRITICAL)
        # Each stands for those before it too: whoever asks for one of them gets one that is no lower.
        last = -(-np.arange(1, num_kept + 1) * len(above) // max(1, num_kept)) - 1
        return cls(tuple(above[last].tolist()), len(above), len(critical))

    def threshold(
        self, target_accuracy: float, confidence: float = CONFIDENCE, num_future: int | None = None
    ) -> float | None:
        """The lowest threshold that keeps the promise, whatever the distribution of the data.

        Of n validation images those of the k smallest critical values are answered rightly at the k-th.
        If less than the target of all images were, k or more of n would be so with a chance of at most 1 -
        confidence. Source: Wilks (1941), "Determination of Sample Sizes for Setting Tolerance Limits".
        For a number of future images in place of all there ever may be, the k-th must let as many of them
        through: all orders of validation and future images are equally likely, ties only help.

        Args:
            target_accuracy: Share of answers that have to be right, above 0 and below 1.
            confidence: With which that holds, over draws of the validation images.
            num_future: Of so many images yet to come; None for the share among all images of the kind.

        Returns:
            None where there are too few images to promise it.

        Example:
            >>> promise = Promise.of(np.arange(-59, 41).clip(0) / 100)  # 60 of 100 are always right
            >>> promise.threshold(0.5), promise.threshold(0.8), promise.threshold(0.99)
            (0.0, 0.27, None)
            >>> promise.threshold(0.8, num_future=100)
            0.29
        """
        k = self._rank(target_accuracy, confidence, num_future)
        if k > self.num_images:
            return None
        num_always = self.num_images - self.num_critical
        if k <= num_always:
            return 0.0
        return self.critical[(k - num_always - 1) * len(self.critical) // self.num_critical]

    def highest_target(self, confidence: float = CONFIDENCE) -> float:
        """The largest share that so few images can promise.

        Example:
            >>> round(Promise((), 0, 100).highest_target(), 3)
            0.97
        """
        return float((1 - confidence) ** (1 / self.num_images))

    def _rank(self, target_accuracy: float, confidence: float, num_future: int | None) -> int:
        """Of the ascending critical values the first, counted from 1, that is high enough; n + 1 for none."""
        n = self.num_images
        if num_future is None:
            return 1 + _first(n, lambda k: float(bdtr(k - 1, n, target_accuracy)) >= confidence)
        # Half a second that most need not wait.
        from scipy.stats import hypergeom  # noqa: PLC0415

        most = math.ceil(target_accuracy * num_future - 1e-9)

        def is_enough(k: int) -> bool:
            # That many future images are no higher than the k-th if they are among the k + most - 1 lowest.
            lowest = k + most - 1
            return float(hypergeom.sf(most - 1, n + num_future, num_future, lowest)) >= confidence

        return 1 + _first(n, is_enough)


def _first(n: int, is_enough: Callable[[int], bool]) -> int:
    """How many of 1 to n are not enough; it is once enough for all larger ones."""
    return bisect_left(range(1, n + 1), True, key=is_enough)
