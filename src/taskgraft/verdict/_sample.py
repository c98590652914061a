"""One score of one run, with what chance in the test images makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.scores import Additive, Measurement

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
    """Every score, as it is and resampled: one product for all additive ones, each of some columns.

    Args:
        scores: Of N images.
        weights: Of the images in each resampling, shape (R, N).
    """
    all_images = float(weights.shape[1])
    additive = {name: score for name, score in scores.items() if isinstance(score, Additive)}
    sums = _sums(list(additive.values()), weights) if additive else np.empty((0, 0))
    samples, first = {}, 0
    for name, score in scores.items():
        num_images = score.weighs_as or all_images
        if not isinstance(score, Additive):
            samples[name] = Sample(score.value, score.under(weights), num_images)
            continue
        last = first + score.terms.shape[1]
        value, *draws = score.finish(sums[:, first:last])
        samples[name] = Sample(float(value), np.asarray(draws), num_images)
        first = last
    return samples


def _sums(scores: Sequence[Additive], weights: FloatArray) -> FloatArray:
    """Means of all terms, as they are and then under each weighting: shape (1 + R, terms)."""
    terms = np.concatenate([score.terms for score in scores], axis=1)
    return np.concatenate([terms.mean(axis=0, dtype=np.float64)[None], weights @ terms.astype(np.float32)])
