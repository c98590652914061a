"""One score of one run, with what chance in the test images makes of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeGuard, TypeVar

import numpy as np
import numpy.typing as npt

from taskgraft.scores import Additive, Measurement, row_blocks

Logits = list[npt.NDArray[np.float32]]
FloatArray = npt.NDArray[np.floating]
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Sample:
    """A score of a run.

    Attributes:
        value: On the test split.
        draws: Under each of R resamplings of it, (R,).
        num_images: Whose score it is: of the labelled ones, or as many as know so much where they weigh
            unequally.
    """

    value: float
    draws: FloatArray
    num_images: float


def samples_of(scores: Mapping[Name, Measurement], weights: FloatArray) -> dict[Name, Sample]:
    """Every score, as it is and resampled: one product for all that have a few terms an image.

    Args:
        scores: Of N images, by any names: the more at once, the fewer products.
        weights: Of the images in each resampling, shape (R, N).
    """
    sums = _sums({name: one for name, one in scores.items() if _has_few_terms(one)}, weights)
    # Rows of images are what a sparse product walks along: it would turn the weights round for every score.
    has_sparse = any(isinstance(one, Additive) and one.is_sparse for one in scores.values())
    by_image = np.ascontiguousarray(weights.T) if has_sparse else weights.T
    samples = {}
    for name, score in scores.items():
        if not isinstance(score, Additive):
            value, draws = score.value, score.under(weights)
        elif name in sums:
            finished = score.finish(sums[name])
            value, draws = float(finished[0]), finished[1:]
        else:
            value, draws = score.value, _drawn(score, by_image)
        samples[name] = Sample(value, draws, score.weighs_as or float(weights.shape[1]))
    return samples


def _has_few_terms(score: Measurement) -> TypeGuard[Additive]:
    return isinstance(score, Additive) and not score.is_sparse


def _sums(scores: Mapping[Name, Additive], weights: FloatArray) -> dict[Name, FloatArray]:
    """Means of the terms of each, as they are and then under each weighting: shape (1 + R, terms)."""
    if not scores:
        return {}
    terms = np.concatenate([score.terms for score in scores.values()], axis=1)
    sums = np.concatenate([terms.mean(axis=0, dtype=np.float64)[None], weights @ terms.astype(np.float32)])
    lasts = np.cumsum([score.terms.shape[1] for score in scores.values()])
    return dict(zip(scores, np.split(sums, lasts[:-1], axis=1), strict=True))


def _drawn(score: Additive, by_image: FloatArray) -> FloatArray:
    """A score with a term for each class, some weightings at a time; these are of shape (N, R)."""
    terms = score.terms.T
    blocks = row_blocks(by_image.shape[1], terms.shape[0])
    return np.concatenate([score.finish((terms @ by_image[:, some]).T.astype(np.float64)) for some in blocks])
