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
    """A score of a run: its value on the test split, and under R resamplings of it, (R,)."""

    value: float
    draws: FloatArray


def samples_of(scores: Mapping[str, Measurement], weights: FloatArray) -> dict[str, Sample]:
    """Every score, as it is and resampled: one product for all additive ones, each of some columns.

    Args:
        scores: Of N images.
        weights: Of the images in each resampling, shape (R, N).
    """
    additive = {name: score for name, score in scores.items() if isinstance(score, Additive)}
    sums = _sums(list(additive.values()), weights) if additive else np.empty((0, 0))
    samples, first = {}, 0
    for name, score in scores.items():
        if not isinstance(score, Additive):
            samples[name] = Sample(score.value, score.under(weights))
            continue
        last = first + score.terms.shape[1]
        value, *draws = score.finish(sums[:, first:last])
        samples[name] = Sample(float(value), np.asarray(draws))
        first = last
    return samples


def _sums(scores: Sequence[Additive], weights: FloatArray) -> FloatArray:
    """Means of all terms, as they are and then under each weighting: shape (1 + R, terms)."""
    terms = np.concatenate([score.terms for score in scores], axis=1)
    return np.concatenate([terms.mean(axis=0, dtype=np.float64)[None], weights @ terms.astype(np.float32)])
