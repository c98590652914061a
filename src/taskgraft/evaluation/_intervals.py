"""Scores with their intervals over images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from taskgraft.scores import Additive, Measurement
from taskgraft.statistics import Bounds, Interval, contrast_interval, weight_blocks


def intervals_of(
    measurements: Mapping[str, Measurement], num_images: int, is_share: Callable[[str], bool] | None = None
) -> dict[str, Interval]:
    """Each score with its 95 % interval over images: the model is one, so nothing speaks of other seeds.

    The draws are those of a study on as many images. They come in blocks, so that memory grows with the
    images alone.

    Args:
        measurements: Scores of N images.
        num_images: N.
        is_share: Whether a score lies between 0 and 1; None where all do.

    Example:
        >>> from taskgraft.scores import share
        >>> interval = intervals_of({"accuracy": share(np.arange(100) < 80)}, 100)["accuracy"]
        >>> interval.estimate, round(interval.low, 2), round(interval.high, 2)
        (0.8, 0.71, 0.87)
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
    intervals = {}
    for name, one in measurements.items():
        bounds = Bounds(0, 1, one.weighs_as or num_images) if is_share is None or is_share(name) else None
        # The score itself is computed as a study computes it: the same to the bit.
        intervals[name] = contrast_interval([one.value], np.concatenate(draws[name])[None], bounds=bounds)
    return intervals
