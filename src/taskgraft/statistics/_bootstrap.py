"""Resamplings of the test images, as weights."""

from __future__ import annotations

from collections.abc import Iterator

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
    blocks = weight_blocks(num_images, num_draws, seed, num_bytes=None)
    return next(blocks)


def weight_blocks(
    num_images: int, num_draws: int = 1000, seed: int = 0, *, num_bytes: int | None = 64_000_000
) -> Iterator[npt.NDArray[np.float32]]:
    """The same weights some draws at a time, in order: of many images all of them would fill the memory.

    Args:
        num_images: N.
        num_draws: R.
        seed: Of the draws.
        num_bytes: What a block may take, though one draw always fits; None for all draws in one block.

    Yields:
        Shape (draws of the block, N).

    Example:
        >>> blocks = list(weight_blocks(4, num_draws=3, num_bytes=40))
        >>> [len(block) for block in blocks], bool((np.concatenate(blocks) == image_weights(4, 3)).all())
        ([2, 1], True)
    """
    for what, number in (("the number of test images", num_images), ("the number of draws", num_draws)):
        if number < 1:
            raise RequestError.expected(what, "at least 1", number, "Pass a positive number.")
    most = num_draws if num_bytes is None else max(1, num_bytes // (4 * num_images))
    rng = np.random.default_rng(seed)
    for start in range(0, num_draws, most):
        weights = np.empty((min(most, num_draws - start), num_images), dtype=np.float32)
        for row in weights:
            row[:] = np.bincount(rng.integers(num_images, size=num_images), minlength=num_images)
        weights /= num_images
        yield weights
