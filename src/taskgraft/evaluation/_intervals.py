"""Scores with their intervals over images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from taskgraft.scores import Additive, Measurement
from taskgraft.statistics import Interval, contrast_interval, weight_blocks


def intervals_of(measurements: Mapping[str, Measurement], num_images: int) -> dict[str, Interval]:
    """Each score with its 95 % interval over images: the model is one, so nothing speaks of other seeds.

    The draws are those of a study on as many images. They come in blocks, so that memory grows with the
    images alone.

    Args:
        measurements: Scores of N images.
        num_images: N.

    Example:
        >>> from taskgraft.scores import share
        >>> interval = intervals_of({"accuracy": share(np.arange(100) < 80)}, 100)["accuracy"]
        >>> interval.estimate, round(interval.low, 2), round(interval.high, 2)
        (0.8, 0.72, 0.88)
    """
    terms = {
        name: one.terms.astype(np.float32, copy=False)
        for name, one in measurements.items()
        if isinstance(one, Additive)
    }
    draws: dict[str, list[np.ndarray]] = {name: [] for name in measurements}
    for weights in weight_blocks(num_images):
        for name, one in measurements.items():
            under = one.finish(weights @ terms[name]) if isinstance(one, Additive) else one.under(weights)
            draws[name].append(np.asarray(under))
    return {
        # The score itself is computed as a study computes it: the same to the bit.
        name: contrast_interval([one.value], np.concatenate(draws[name])[None])
        for name, one in measurements.items()
    }
