"""A score as a function of means over images: what makes a bootstrap one matrix product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.scores._level import FloatArray


@dataclass(frozen=True)
class Additive:
    """A score as a function of means over images.

    Attributes:
        terms: What each image contributes, shape (N, m): float32 where the terms are small whole numbers,
            which it adds up exactly, float64 otherwise.
        finish: From the means of the terms under any weights of the images, shape (..., m), to the score,
            shape (...).
    """

    terms: npt.NDArray[np.float32] | npt.NDArray[np.float64]
    finish: Callable[[FloatArray], FloatArray]

    @property
    def value(self) -> float:
        """The score of the images as they are."""
        # The sum in float64 whatever the terms are: float32 would lose digits over many images.
        return float(self.finish(self.terms.mean(axis=0, dtype=np.float64)))


def share(is_so: npt.NDArray[np.bool_]) -> Additive:
    """The share of images of which something is so, shape (N,)."""
    return Additive(is_so[:, None].astype(np.float32), _only)


def mean(values: npt.NDArray[np.float64]) -> Additive:
    """The mean of a number of each image, shape (N,)."""
    return Additive(values[:, None], _only)


def mean_ratio(parts: npt.NDArray[np.float32], wholes: npt.NDArray[np.float32]) -> Additive:
    """Mean over columns of sum of parts / sum of wholes, where the whole is above 0; 0 where none is.

    Args:
        parts: Shape (N, m).
        wholes: Shape (N, m).

    Example:
        >>> hits, totals = np.float32([[1, 0], [0, 0], [0, 1]]), np.float32([[1, 0], [1, 0], [0, 1]])
        >>> mean_ratio(hits, totals).value
        0.75
    """
    return Additive(np.hstack([parts, wholes]), _mean_of_ratios)


def over_known(additive: Additive, is_known: npt.NDArray[np.bool_]) -> Additive:
    """The same score as one of all images, of which only the known ones count.

    A mean over the known images is the ratio of two means over all of them: of the term, counted as 0 where
    it is not known, and of being known. Weights that draw no known image at all leave nothing to score: the
    score then stays what it is without weights.

    Args:
        additive: Of the known images alone, in their order.
        is_known: Which those are, shape (N,); one at least.

    Example:
        >>> is_known = np.array([True, False, True])
        >>> score = over_known(share(np.array([True, False])), is_known)
        >>> score.value, score.finish(np.array([2, 1, 0]) @ score.terms / 3).tolist()
        (0.5, 1.0)
    """
    if is_known.all():
        return additive
    own = additive.terms
    terms = np.zeros((len(is_known), 1 + own.shape[1]), own.dtype)
    terms[is_known] = np.hstack([np.ones((len(own), 1), own.dtype), own])
    without_weights = own.mean(axis=0, dtype=np.float64)

    def finish(means: FloatArray) -> FloatArray:
        known, rest = means[..., :1], means[..., 1:]
        ratios = np.broadcast_to(without_weights, rest.shape).copy()
        return additive.finish(np.divide(rest, known, out=ratios, where=known > 0))

    return Additive(terms, finish)


def _only(means: FloatArray) -> FloatArray:
    return means[..., 0]


def _mean_of_ratios(means: FloatArray) -> FloatArray:
    """The parts are the first half of the terms."""
    parts, wholes = np.split(means, 2, axis=-1)
    occurs = wholes > 0
    ratios: FloatArray = np.divide(parts, wholes, out=np.zeros_like(parts), where=occurs)
    found: FloatArray = ratios.sum(axis=-1) / np.maximum(occurs.sum(axis=-1), 1)
    return found
