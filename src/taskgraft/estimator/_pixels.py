"""From the arrays scikit-learn hands round to images of uint8: pictures as they are, tables as channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from taskgraft.estimator._refusal import EstimatorError

Array = npt.NDArray[Any]
# The smallest side that every recipe takes, growing images included.
_SMALLEST_SIDE = 16
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class PixelMap:
    """How samples become images, as learned from the train samples.

    Pixels of uint8 stay as they are. Anything else is stretched to 0..255 between the smallest and the
    largest train value: of all pixels in pictures, of each feature in a table. Later values beyond are
    clipped. Pictures of fewer than 16 pixels a side are enlarged by repeating pixels.

    Attributes:
        sample_shape: Of one sample as it is given: (D,), (H, W), (C, H, W) or (H, W, C).
        image_shape: Channels, height and width of the picture in it, before enlarging; None for a table,
            each of whose features becomes a channel of one brightness, as columns have no neighbours.
        channels_last: Whether samples are (H, W, C).
        low: What becomes 0: a number, or one a feature, float64; None for uint8 pixels.
        high: What becomes 255.

    Example:
        >>> table = np.array([[0.0, 5.0], [1.0, 9.0]])
        >>> to_images = PixelMap.learn(table)
        >>> to_images(table).shape, to_images(table)[:, :, 0, 0].tolist()
        ((2, 2, 16, 16), [[0, 0], [255, 255]])
    """

    sample_shape: tuple[int, ...]
    image_shape: tuple[int, int, int] | None
    channels_last: bool
    low: npt.NDArray[np.float64] | None
    high: npt.NDArray[np.float64] | None

    @classmethod
    def learn(cls, X: Array, image_shape: Sequence[int] | None = None) -> Self:  # noqa: N803
        """Learns the layout and the range of train samples.

        Args:
            X: Of shape (N, D), (N, H, W), (N, C, H, W) or (N, H, W, C).
            image_shape: Channels, height and width (or height and width alone) of the pictures: needed where
                rows of D numbers are pictures. Without it, of the second and the last axis of four the
                shorter one is the channels, and the second if they are alike.

        Raises:
            EstimatorError: If the samples cannot be pictures of that shape.
        """
        shape, channels_last = _layout(X.shape[1:], image_shape)
        if shape is not None and X.dtype == np.uint8:
            return cls(X.shape[1:], shape, channels_last, None, None)
        axis = 0 if shape is None else None
        low, high = (np.asarray(of(X, axis=axis), dtype=np.float64) for of in (np.min, np.max))
        return cls(X.shape[1:], shape, channels_last, low, high)

    def __call__(self, X: Array) -> npt.NDArray[np.uint8]:  # noqa: N803
        """Images, uint8 of shape (N, C, H, W), of samples as given to `learn`.

        Raises:
            EstimatorError: If the samples have another shape.
        """
        if X.shape[1:] != self.sample_shape:
            raise EstimatorError.expected(
                "a sample's shape in X",
                f"{self.sample_shape} as in fit",
                X.shape[1:],
                "Pass samples like those of fit.",
            )
        pixels = self._stretched(X)
        if self.image_shape is None:
            return _uniform(pixels)
        if self.channels_last:
            pixels = pixels.transpose(0, 3, 1, 2)
        factor = math.ceil(_SMALLEST_SIDE / min(self.image_shape[1:]))
        images = pixels.reshape(len(X), *self.image_shape)
        if factor > 1:
            images = images.repeat(factor, axis=2).repeat(factor, axis=3)
        # torch warns of arrays that cannot be written, such as those joblib maps for its workers.
        return images if images.flags.writeable else images.copy()

    def _stretched(self, X: Array) -> npt.NDArray[np.uint8]:  # noqa: N803
        if self.low is None or self.high is None:
            return X.astype(np.uint8, copy=False)
        span = np.where(self.high > self.low, self.high - self.low, 1.0)
        pixels = np.empty(X.shape, dtype=np.uint8)
        for start in range(0, len(X), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            share = (X[rows].astype(np.float64) - self.low) / span
            pixels[rows] = np.rint(255 * np.clip(share, 0, 1))
        return pixels


def _layout(sample: tuple[int, ...], image_shape: Sequence[int] | None) -> tuple[Any, bool]:
    """Channels, height and width of a sample's picture, None in a table, and whether channels stand last."""
    if image_shape is not None:
        return _given_layout(sample, image_shape)
    if len(sample) == 1:
        return None, False
    if len(sample) == 2:
        return (1, *sample), False
    if len(sample) == 3:
        channels_last = sample[2] < sample[0]
        return (sample[2], *sample[:2]) if channels_last else sample, channels_last
    raise EstimatorError.expected(
        "a sample's shape in X",
        "of one to three axes",
        sample,
        "Pass X as (n_samples, channels, height, width).",
    )


def _given_layout(sample: tuple[int, ...], image_shape: Sequence[int]) -> tuple[Any, bool]:
    sides = tuple(int(side) for side in image_shape)
    if len(sides) not in (2, 3) or min(sides) < 1:
        raise EstimatorError.expected(
            "image_shape", "(channels, height, width) or (height, width)", image_shape, "Try (3, 32, 32)."
        )
    channels, height, width = shape = sides if len(sides) == 3 else (1, *sides)
    if sample == (height, width, channels) and sample != shape:
        return shape, True
    if sample in (shape, (math.prod(shape),), shape[1:] if channels == 1 else shape):
        return shape, False
    raise EstimatorError.expected(
        "a sample's shape in X",
        f"that of images of image_shape, {shape}",
        sample,
        "Mend image_shape, or leave it out.",
    )


def _uniform(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Each of D features as a channel of one brightness, shape (N, D, 16, 16), held once in memory."""
    pixels = np.ascontiguousarray(pixels)
    side = _SMALLEST_SIDE
    return np.lib.stride_tricks.as_strided(
        pixels, shape=(*pixels.shape, side, side), strides=(*pixels.strides, 0, 0)
    )
