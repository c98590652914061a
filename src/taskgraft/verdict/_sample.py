"""One score of one run, with what chance in the test images makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from taskgraft.scores import Additive, Measurement, row_blocks

Logits = list[npt.NDArray[np.float32]]
FloatArray = npt.NDArray[np.floating]


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


def samples_of(scores: Mapping[str, Measurement], weights: FloatArray) -> dict[str, Sample]:
    """Every score, as it is and resampled: one product for all that have a few terms an image.

    Args:
        scores: Of N images.
        weights: Of the images in each resampling, shape (R, N).
    """
    sums = _sums({name: one for name, one in scores.items() if _has_few_terms(one)}, weights)
    samples = {}
    for name, score in scores.items():
        if not isinstance(score, Additive):
            value, draws = score.value, score.under(weights)
        elif name in sums:
            finished = score.finish(sums[name])
            value, draws = float(finished[0]), finished[1:]
        else:
            value, draws = score.value, _drawn(score, weights)
        samples[name] = Sample(value, draws, score.weighs_as or float(weights.shape[1]))
    return samples


def _has_few_terms(score: Measurement) -> TypeGuard[Additive]:
    return isinstance(score, Additive) and not score.is_sparse


def _sums(scores: Mapping[str, Additive], weights: FloatArray) -> dict[str, FloatArray]:
    """Means of the terms of each, as they are and then under each weighting: shape (1 + R, terms)."""
    if not scores:
        return {}
    terms = np.concatenate([score.terms for score in scores.values()], axis=1)
    sums = np.concatenate([terms.mean(axis=0, dtype=np.float64)[None], weights @ terms.astype(np.float32)])
    lasts = np.cumsum([score.terms.shape[1] for score in scores.values()])
    return dict(zip(scores, np.split(sums, lasts[:-1], axis=1), strict=True))


def _drawn(score: Additive, weights: FloatArray) -> FloatArray:
    """A score with a term for each class, some weightings at a time."""
    blocks = row_blocks(len(weights), score.terms.shape[1])
    return np.concatenate([score.finish((weights[rows] @ score.terms).astype(np.float64)) for rows in blocks])
