"""Resamplings of the test images, as weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError


def image_weights(num_images: int, num_draws: int = 1000, seed: int = 0) -> npt.NDArray[np.float32]:
    """Weights of the test images in each of R bootstrap resamplings.

    A draw takes N images with replacement; an image's weight is the share of the draw that it makes up. A
    mean score under every draw is one product, `weights @ scores_of_images`. Every run of a study is
    weighted by the same draws: that is the pairing by image.

    Args:
        num_images: N.
        num_draws: R.
        seed: Of the draws; the same seed gives the same weights.

    Returns:
        Shape (R, N); each row sums to 1.

    Source:
        Efron, *Bootstrap methods: another look at the jackknife*, Annals of Statistics 7, 1979.

    Example:
        >>> weights = image_weights(4, num_draws=2)
        >>> weights.shape, weights.sum(axis=1).tolist()
        ((2, 4), [1.0, 1.0])
    """
    for what, number in (("the number of test images", num_images), ("the number of draws", num_draws)):
        if number < 1:
            raise RequestError.expected(what, "at least 1", number, "Pass a positive number.")
    rng = np.random.default_rng(seed)
    weights = np.empty((num_draws, num_images), dtype=np.float32)
    for row in weights:
        row[:] = np.bincount(rng.integers(num_images, size=num_images), minlength=num_images)
    weights /= num_images
    return weights
