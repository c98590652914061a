"""Scores with their intervals over images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from taskgraft.scores import Additive, Measurement
from taskgraft.statistics import Bounds, Interval, contrast_interval, weight_blocks

# With more, terms are a class each.
_FEW_TERMS = 100


def intervals_of(
    measurements: Iterable[tuple[str, Measurement]],
    num_images: int,
    is_share: Callable[[str], bool] | None = None,
) -> dict[str, Interval]:
    """Each score with its 95 % interval over images: the model is one, so nothing speaks of other seeds.

    The draws are those of a study on as many images. They come in blocks, and scores whose terms are as large
    as all logits are drawn one after another, so that memory holds the terms of one of them.

    Args:
        measurements: Scores of N images, by name.
        num_images: N.
        is_share: Whether a score lies between 0 and 1; None where all do.

    Example:
        >>> from taskgraft.scores import share
        >>> accuracy = share(np.arange(100) < 80)
        >>> interval = intervals_of([("accuracy", accuracy)], 100)["accuracy"]
        >>> interval.estimate, round(interval.low, 2), round(interval.high, 2)
        (0.8, 0.71, 0.87)
    """
    intervals: dict[str, Interval] = {}
    names, small = [], {}
    for name, one in measurements:
        names.append(name)
        if isinstance(one, Additive) and one.terms.shape[1] > _FEW_TERMS:
            intervals |= _drawn({name: one}, num_images, is_share)
        else:
            small[name] = one
    intervals |= _drawn(small, num_images, is_share)
    return {name: intervals[name] for name in names}


def _drawn(
    measurements: Mapping[str, Measurement], num_images: int, is_share: Callable[[str], bool] | None
) -> dict[str, Interval]:
    terms = {
        name: one.terms.astype(np.float32, copy=False)
        for name, one in measurements.items()
        if isinstance(one, Additive)
    }
    draws: dict[str, list[np.ndarray]] = {name: [] for name in measurements}
    for weights in weight_blocks(num_images) if measurements else ():
        for name, one in measurements.items():
            under = one.finish(weights @ terms[name]) if isinstance(one, Additive) else one.under(weights)
            draws[name].append(np.asarray(under))
    intervals = {}
    for name, one in measurements.items():
        bounds = Bounds(0, 1, one.weighs_as or num_images) if is_share is None or is_share(name) else None
        # The score itself is computed as a study computes it: the same to the bit.
        intervals[name] = contrast_interval([one.value], np.concatenate(draws[name])[None], bounds=bounds)
    return intervals
