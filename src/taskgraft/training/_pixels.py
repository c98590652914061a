"""What a network takes from its train images before it trains: statistics of pixels, a sample to whiten."""

from __future__ import annotations

import math
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from taskgraft.data import Dataset

# What is held at a time, so that images may be a memory map larger than memory.
_PIXELS_AT_A_TIME = 2**21
# Enough for the covariance of 2x2 patches, which a thousand images of 32x32 pixels hold; of larger ones
# fewer do, but many enough to show more than one thing.
_WHITENED_PIXELS = 1000 * 32 * 32
_MOST_WHITENED, _FEWEST_WHITENED = 1000, 64


Statistics = tuple[list[float], list[float]]
# Every run of a study needs those of the same dataset.
_STATISTICS: WeakKeyDictionary[Dataset, Statistics] = WeakKeyDictionary()


def pixel_statistics(data: Dataset) -> Statistics:
    """Mean and standard deviation of each channel over the train split, from counts of its 256 values."""
    if data not in _STATISTICS:
        _STATISTICS[data] = _pixel_statistics(data)
    return _STATISTICS[data]


def _pixel_statistics(data: Dataset) -> Statistics:
    num_channels = data.image_shape[0]
    counts = np.zeros((num_channels, 256), dtype=np.int64)
    num_images = max(1, _PIXELS_AT_A_TIME // math.prod(data.image_shape[1:]))
    for images in data.batches("train", num_images):
        for channel in range(num_channels):
            counts[channel] += np.bincount(images[:, channel].ravel(), minlength=256)
    values = np.arange(256.0)
    means = [float(np.average(values, weights=row)) for row in counts]
    # A constant channel has nothing to be scaled by.
    stds = [
        math.sqrt(np.average((values - mean) ** 2, weights=row)) or 1.0
        for mean, row in zip(means, counts, strict=True)
    ]
    return means, stds


def images_to_whiten(data: Dataset) -> npt.NDArray[np.uint8]:
    """Train images whose patches the whitened stem is computed from, uint8 of shape (n, C, H, W).

    The first ones, if they show every leaf that the train split has. Where images come sorted by class
    they do not, and are taken evenly from the entire split.
    """
    _, height, width = data.image_shape
    num_images = min(max(_WHITENED_PIXELS // (height * width), _FEWEST_WHITENED), _MOST_WHITENED)
    train = data.indices["train"]
    leaves = data.labels[train, -1]
    if len(np.unique(leaves[:num_images])) < len(np.unique(leaves)):
        train = train[np.linspace(0, len(train) - 1, min(num_images, len(train))).astype(np.int64)]
    return data.images[train[:num_images]]
