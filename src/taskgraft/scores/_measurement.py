"""One score of one split, and what it is under any weights of the images: what a bootstrap needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taskgraft.scores._level import FloatArray

# A `csr_array`, which stores what is not 0. SciPy's own name is not imported for this: it takes a while.
Sparse = Any
Terms = npt.NDArray[np.float32] | npt.NDArray[np.float64] | Sparse


@dataclass(frozen=True)
class Additive:
    """A score that is a function of means over images: all resamplings of it are one matrix product.

    Attributes:
        terms: What each image contributes, shape (N, m): float32 where the terms are small whole numbers,
            which it adds up exactly, float64 otherwise; a `csr_array` where most are 0, as of a score with
            a term for each class.
        finish: From the means of the terms under any weights of the images, shape (..., m), to the score,
            shape (...).
        weighs_as: How many images of equal weight know as much of the score; None for all of them.
    """

    terms: Terms
    finish: Callable[[FloatArray], FloatArray]
    weighs_as: float | None = None

    @property
    def value(self) -> float:
        """The score of the images as they are."""
        return float(self.finish(_means(self.terms)))

    @property
    def is_sparse(self) -> bool:
        """Whether most terms are 0, and not stored."""
        return not isinstance(self.terms, np.ndarray)


@dataclass(frozen=True)
class Reweighted:
    """A score that is no function of means, such as a median: each resampling is computed by itself.

    Attributes:
        value: The score of the images as they are.
        under: From weights of the images, shape (R, N), each row of sum 1, to the score under each, (R,).
        weighs_as: How many images of equal weight know as much of the score; None for all of them.
    """

    value: float
    under: Callable[[FloatArray], FloatArray]
    weighs_as: float | None = None


Measurement = Additive | Reweighted


def share(is_so: npt.NDArray[np.bool_]) -> Additive:
    """The share of images of which something is so, shape (N,)."""
    return Additive(is_so[:, None].astype(np.float32), _only)


def mean(values: npt.NDArray[np.float64]) -> Additive:
    """The mean of a number of each image, shape (N,)."""
    return Additive(values[:, None], _only)


def mean_ratio(parts: Terms, wholes: Terms) -> Additive:
    """Mean over columns of sum of parts / sum of wholes, where the whole is above 0; 0 where none is.

    An image weighs what it adds to each whole, as a share of it; images of unequal weights w, of sum 1, know
    as much as 1 / (sum of w^2) of equal ones.

    Args:
        parts: Shape (N, m).
        wholes: Shape (N, m), none below 0.

    Source:
        For unequal weights Kish, *Survey Sampling*, 1965, section 11.7.

    Example:
        >>> hits, totals = np.float32([[1, 0], [0, 0], [0, 1]]), np.float32([[1, 0], [1, 0], [0, 1]])
        >>> mean_ratio(hits, totals).value
        0.75
    """
    totals = wholes.sum(axis=0, dtype=np.float64)
    occurs = totals > 0
    weights = wholes @ np.divide(1, totals, out=np.zeros_like(totals), where=occurs) / max(occurs.sum(), 1)
    weighs_as = float(1 / np.square(weights).sum()) if occurs.any() else None
    return Additive(_side_by_side(parts, wholes), _mean_of_ratios, weighs_as)


def over_labelled(measurement: Measurement, is_labelled: npt.NDArray[np.bool_]) -> Measurement:
    """The same score as one of all images, of which only the labelled ones count.

    A mean over the labelled images is the ratio of two means over all of them: of the term, counted as 0
    where there is no label, and of being labelled. Weights that draw no labelled image at all leave nothing
    to score: the score then stays what it is without weights.

    Args:
        measurement: Of the labelled images alone, in their order.
        is_labelled: Which those are, shape (N,); one at least.

    Example:
        >>> is_labelled = np.array([True, False, True])
        >>> score = over_labelled(share(np.array([True, False])), is_labelled)
        >>> score.value, score.finish(np.array([2, 1, 0]) @ score.terms / 3).tolist()
        (0.5, 1.0)
    """
    if is_labelled.all():
        return measurement
    weighs_as = measurement.weighs_as or float(is_labelled.sum())
    if isinstance(measurement, Reweighted):
        return Reweighted(measurement.value, _under_labelled(measurement, is_labelled), weighs_as)
    part = measurement.terms
    terms = _side_by_side(np.ones((part.shape[0], 1), part.dtype), part)
    return Additive(_among_all(terms, is_labelled), _finish_labelled(measurement), weighs_as)


def _finish_labelled(measurement: Additive) -> Callable[[FloatArray], FloatArray]:
    without_weights = _means(measurement.terms)

    def finish(means: FloatArray) -> FloatArray:
        share_labelled, rest = means[..., :1], means[..., 1:]
        ratios = np.broadcast_to(without_weights, rest.shape).copy()
        return measurement.finish(np.divide(rest, share_labelled, out=ratios, where=share_labelled > 0))

    return finish


def _under_labelled(
    measurement: Reweighted, is_labelled: npt.NDArray[np.bool_]
) -> Callable[[FloatArray], FloatArray]:
    def under(weights: FloatArray) -> FloatArray:
        part = weights[:, is_labelled]
        totals = part.sum(axis=1)
        draws = np.full(len(weights), measurement.value)
        some = totals > 0
        if some.any():
            draws[some] = measurement.under(part[some] / totals[some, None])
        return draws

    return under


def _means(terms: Terms) -> npt.NDArray[np.float64]:
    """Over images, in float64 whatever the terms are: float32 would lose digits over many images."""
    means: npt.NDArray[np.float64] = terms.sum(axis=0, dtype=np.float64) / terms.shape[0]
    return means


def _side_by_side(left: Terms, right: Terms) -> Terms:
    if isinstance(right, np.ndarray):
        return np.hstack([left, right])
    # A tenth of a second that whoever predicts need not wait.
    from scipy.sparse import csr_array, hstack  # noqa: PLC0415

    return hstack([csr_array(left), right], format="csr")


def _among_all(terms: Terms, is_labelled: npt.NDArray[np.bool_]) -> Terms:
    """Terms of the labelled images as rows among those of all, where others have nothing but 0."""
    shape = (len(is_labelled), terms.shape[1])
    if isinstance(terms, np.ndarray):
        among = np.zeros(shape, terms.dtype)
        among[is_labelled] = terms
        return among
    # Where each row ends: one without a label ends where it begins.
    lengths = np.zeros(len(is_labelled), dtype=terms.indptr.dtype)
    lengths[is_labelled] = np.diff(terms.indptr)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return type(terms)((terms.data, terms.indices, ends), shape=shape)


def _only(means: FloatArray) -> FloatArray:
    return means[..., 0]


def _mean_of_ratios(means: FloatArray) -> FloatArray:
    """The parts are the first half of the terms."""
    parts, wholes = np.split(means, 2, axis=-1)
    occurs = wholes > 0
    ratios: FloatArray = np.divide(parts, wholes, out=np.zeros_like(parts), where=occurs)
    total: FloatArray = ratios.sum(axis=-1) / np.maximum(occurs.sum(axis=-1), 1)
    return total
