"""One score of one run, with what chance in the test images makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.scores import Additive

Logits = list[npt.NDArray[np.float32]]
FloatArray = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Sample:
    """A score of a run: its value on the whole test split, and under R resamplings of it, (R,)."""

    value: float
    draws: FloatArray


def samples_of(scores: Mapping[str, Additive], weights: FloatArray) -> dict[str, Sample]:
    """Every score, whole and resampled: one product for all, of which each takes its own columns.

    Args:
        scores: Of N images.
        weights: Of the images in each resampling, shape (R, N).
    """
    terms = np.concatenate([score.terms for score in scores.values()], axis=1)
    sums = np.concatenate([terms.mean(axis=0, dtype=np.float64)[None], weights @ terms.astype(np.float32)])
    found, first = {}, 0
    for name, score in scores.items():
        last = first + score.terms.shape[1]
        value, *draws = score.finish(sums[:, first:last])
        found[name] = Sample(float(value), np.asarray(draws))
        first = last
    return found
