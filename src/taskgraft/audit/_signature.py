"""What of an image survives re-encoding, brightness and resizing: its details, each as strong as the next."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from scipy.fft import dctn
from scipy.ndimage import gaussian_filter
from torch.nn.functional import adaptive_avg_pool2d

FloatArray = npt.NDArray[np.float32]

# Images are compared at this side, so that a resized copy meets its original.
_LONGEST_SIDE = 32
# What is finer is lost in encoding, what is coarser is the light of the scene.
_FINEST, _COARSEST = 0.7, 2.5
# Grey levels (of 255) below which a detail is taken for noise.
_NOISE = 4.0
# Frequencies of a signature, along each side.
_NUM_FREQUENCIES = 8
_STEPS_OF_ONE = 48.0


def detail_maps(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.int8]:
    """The details of grey, shrunken images, evened out: what stands out within a few pixels.

    A difference of Gaussians over its own local standard deviation, so that one strong edge (a horizon, the
    outline of a bottle) weighs no more than the texture around it.

    Args:
        images: uint8 of shape (B, C, H, W).

    Returns:
        int8 of shape (B, h, w) with h, w at most 32; zero where nothing stands out.

    Example:
        >>> detail_maps(np.full((1, 3, 64, 48), 9, np.uint8)).shape
        (1, 32, 32)
    """
    grey = _shrunken(images)
    detail = _blurred(grey, _FINEST) - _blurred(grey, _COARSEST)
    evened = detail / (np.sqrt(np.maximum(_blurred(detail**2, _COARSEST), 0)) + _NOISE)
    return np.clip(np.rint(evened * _STEPS_OF_ONE), -127, 127).astype(np.int8)


def signatures(maps: npt.NDArray[np.int8]) -> FloatArray:
    """The lowest frequencies of detail maps (DCT-II), to be compared by cosine.

    Args:
        maps: int8 of shape (B, h, w), from `detail_maps`.

    Returns:
        float32 of shape (B, D), of length 1; shorter where there is next to no detail, so that two nearly
        empty images are never alike.

    Example:
        >>> signatures(np.zeros((2, 32, 32), np.int8)).any()
        np.False_
    """
    spectrum = dctn(maps.astype(np.float32) / _STEPS_OF_ONE, axes=(1, 2), norm="ortho")
    low = spectrum[:, :_NUM_FREQUENCIES, :_NUM_FREQUENCIES].copy()
    low[:, 0, 0] = 0
    flat: FloatArray = low.reshape(len(maps), low.shape[1] * low.shape[2]).astype(np.float32)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1)
    return flat


def changes_sign(num_frequencies_across: int, length: int) -> npt.NDArray[np.bool_]:
    """Which entries of a signature change their sign when the image is mirrored: the odd ones across.

    Args:
        num_frequencies_across: Frequencies kept along a row, from `frequencies_across`.
        length: Of a signature.

    Example:
        >>> changes_sign(2, 4).tolist()
        [False, True, False, True]
    """
    odd: npt.NDArray[np.bool_] = np.arange(length) % num_frequencies_across % 2 == 1
    return odd


def frequencies_across(width: int) -> int:
    """How many frequencies a signature has along a row of a map of some width.

    Example:
        >>> frequencies_across(32), frequencies_across(4)
        (8, 4)
    """
    return min(width, _NUM_FREQUENCIES)


def _shrunken(images: npt.NDArray[np.uint8]) -> FloatArray:
    """Grey, at most 32 pixels a side: each pixel the mean of those it stands for."""
    grey: FloatArray = np.asarray(images[:, :3].mean(axis=1), np.float32)
    height, width = grey.shape[1:]
    sides = min(height, _LONGEST_SIDE), min(width, _LONGEST_SIDE)
    if sides == (height, width):
        return grey
    return np.asarray(adaptive_avg_pool2d(torch.from_numpy(grey), sides), np.float32)


def _blurred(images: FloatArray, sigma: float) -> FloatArray:
    return np.asarray(gaussian_filter(images, (0, sigma, sigma)), np.float32)
