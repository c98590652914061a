"""Sure down to here: how deep an answer may go and still be right as often as it has to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from taskgraft.scores._tree_probs import Probs
from taskgraft.taxonomy import IntArray

CONFIDENCE = 0.95


def depths_at(path_probs: Probs, threshold: float) -> IntArray:
    """To how many levels of its path each image is sure: those before the first whose probability is too low.

    Args:
        path_probs: Probability of each class on the path, coarsest first: shape (N, L).
        threshold: The least probability at which a class is said.

    Returns:
        Shape (N,); 0 where not even the coarsest class is sure.

    Example:
        >>> depths_at(np.array([[0.9, 0.6], [0.4, 0.3], [1.0, 0.9]]), 0.8).tolist()
        [1, 0, 2]
    """
    return np.asarray(np.cumprod(path_probs >= threshold, axis=1).sum(axis=1), dtype=np.int64)


def critical_values(path_probs: Probs, preds: IntArray, targets: IntArray) -> npt.NDArray[np.float64]:
    """From which threshold on the answer to each image is right: shape (M,), of the M images judged.

    An answer is right if the deepest class that it says is a true one; to say nothing is not wrong. So an
    image is answered rightly at every threshold above the probability of its first wrong class: 0 where none
    is.

    Args:
        path_probs: Probability of each class on the path: shape (N, L).
        preds: The path, shape (N, L).
        targets: True classes, shape (N, L), -1 where not known. Images that lack a label at some level are
            left out, unless a class before it is wrong.

    Example:
        >>> preds, targets = np.array([[0, 1], [0, 1]]), np.array([[0, 2], [0, 1]])
        >>> critical_values(np.array([[0.9, 0.6], [0.8, 0.7]]), preds, targets).tolist()
        [0.6, 0.0]
    """
    is_wrong = (preds != targets) & (targets >= 0)
    # Answers are as unsure as the least sure class above: a path need not be nested.
    reached = np.minimum.accumulate(np.minimum(path_probs, 1.0), axis=1)
    first = is_wrong.argmax(axis=1)
    critical = np.where(is_wrong.any(axis=1), reached[np.arange(len(preds)), first], 0.0)
    is_judged = (targets >= 0).all(axis=1) | (is_wrong.any(axis=1) & _labelled_before(targets, first))
    judged: npt.NDArray[np.float64] = critical[is_judged]
    return judged


def _labelled_before(targets: IntArray, first: IntArray) -> npt.NDArray[np.bool_]:
    """Whether all levels before the first wrong one have a label."""
    levels = np.arange(targets.shape[1])
    return np.asarray(((targets >= 0) | (levels >= first[:, None])).all(axis=1))


@dataclass(frozen=True)
class CertaintyCurve:
    """What validation images say of thresholds.

    Attributes:
        critical: `critical_values` above 0, ascending.
        num_images: Images judged, those of critical value 0 included.
    """

    critical: tuple[float, ...]
    num_images: int

    def threshold(self, target_accuracy: float, confidence: float = CONFIDENCE) -> float | None:
        """The lowest threshold at which answers are right often enough, whatever the data's distribution.

        Of n images the answers to k are right at a threshold just above the k-th smallest critical value. If
        the share of all images answered rightly there were below the target, k or more of n would be right
        with a chance of at most 1 - confidence. Source: Wilks (1941), "Determination of sample sizes for
        setting tolerance limits": the order statistic as a one-sided tolerance limit.

        Args:
            target_accuracy: Share of the images whose answer has to be right, 0 to 1.
            confidence: With which that holds, over draws of the validation images.

        Returns:
            None where there are too few images to promise it.

        Example:
            >>> curve = CertaintyCurve(critical=tuple(i / 100 for i in range(1, 41)), num_images=100)
            >>> round(curve.threshold(0.8), 6), curve.threshold(0.5), curve.threshold(0.99)
            (0.27, 0.0, None)
        """
        # The k-th smallest covers the target if fewer than k of n fall in it with this confidence.
        k = int(binom.ppf(confidence, self.num_images, target_accuracy)) + 1
        if k > self.num_images:
            return None
        num_always = self.num_images - len(self.critical)
        if k <= num_always:
            return 0.0
        return float(np.nextafter(self.critical[k - num_always - 1], 2.0))
