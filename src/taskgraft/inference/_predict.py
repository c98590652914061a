"""Logits of many images, batch by batch: the one way in which anything is predicted."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from taskgraft.errors import TaskgraftError
from taskgraft.hardware import Hardware
from taskgraft.inference._predictor import TorchEngine
from taskgraft.network import Network

if TYPE_CHECKING:
    # A model is used without the packages that read data.
    from taskgraft.data import Dataset, Split

_MOST_IMAGES = 250
# Of all images of a batch together: those of up to 299 x 299 pixels in colour come in the same numbers.
_MOST_VALUES = 1 << 26
# Of a level's logits: what is as large lies in a file.
_LARGE_BYTES = 1 << 27

Predictor = Callable[[Tensor], list[Tensor]]
Images = npt.NDArray[np.uint8]
Level = npt.NDArray[np.float32]
Logits = list[Level]


def prediction_batch(image_shape: tuple[int, ...]) -> int:
    """Images predicted at once: enough to keep the cores busy, few enough for any memory.

    Args:
        image_shape: Channels, height and width.

    Example:
        >>> prediction_batch((3, 224, 224)), prediction_batch((3, 2048, 2048))
        (250, 5)
    """
    return max(1, min(_MOST_IMAGES, _MOST_VALUES // math.prod(image_shape)))


def predict(
    predictor: Predictor, batches: Iterable[Images], room: Callable[[int], Level] | None = None
) -> Logits:
    """Logits of images that come in batches.

    How many images a batch holds can change the last bits of their logits: `prediction_batch` everywhere
    gives the same ones everywhere.

    Args:
        predictor: From images (B, C, H, W) to logits (B, K) of each level.
        batches: uint8 of shape (B, C, H, W) each; one at least.
        room: Gives, for a number of classes, an array for the logits of all images; None to make room as
            batches come, for twice the memory.

    Returns:
        Logits of each level, coarsest first: float32 of shape (N, K).

    Example:
        >>> brightness = lambda images: [images.float().mean((1, 2, 3))[:, None]]
        >>> batches = [np.full((2, 1, 4, 4), value, np.uint8) for value in (1, 3)]
        >>> [level.tolist() for level in predict(brightness, batches)]
        [[[1.0], [1.0], [3.0], [3.0]]]
    """
    predicted = ([level.cpu() for level in predictor(torch.from_numpy(batch))] for batch in batches)
    if room is None:
        return [torch.cat(level).numpy() for level in zip(*predicted, strict=True)]
    logits: Logits = []
    done = 0
    for levels in predicted:
        logits = logits or [room(level.shape[1]) for level in levels]
        for all_images, level in zip(logits, levels, strict=True):
            all_images[done : done + len(level)] = level.numpy()
        done += len(levels[0])
    if logits and done != len(logits[0]):
        raise AssertionError(f"room for {len(logits[0])} images, and {done} came")
    return logits


def check_finite(logits: Logits, level_names: Sequence[str]) -> None:
    """Refuses logits that are no numbers, of which no probability can be made.

    Args:
        logits: Of each level, coarsest first.
        level_names: Of the levels.

    Raises:
        TaskgraftError: If one is none.

    Example:
        >>> check_finite([np.float32([[1, np.inf]])], ["kind"])
        Traceback (most recent call last):
        ...
        taskgraft.errors.TaskgraftError: Expected the logits of level 'kind' to be finite numbers, but got \
inf. The weights of the model are spoilt: train it again.
    """
    for name, level in zip(level_names, logits, strict=True):
        if not np.isfinite(level).all():
            raise TaskgraftError.expected(
                f"the logits of level {name!r}",
                "finite numbers",
                level[~np.isfinite(level)][0],
                "The weights of the model are spoilt: train it again.",
            )


def predict_logits(
    network: Network,
    data: Dataset,
    split: Split,
    hardware: Hardware,
    *,
    flip: bool = False,
    folder: Path | None = None,
) -> Logits:
    """Runs a network over one split.

    Args:
        network: Left as it is.
        data: Where the images are.
        split: Which of them.
        hardware: Precision and layout.
        flip: Average the logits over each image and its mirror image.
        folder: Where logits that are large lie in a nameless file while they are in use, so that the system
            may take their memory back; None to keep all in memory.

    Returns:
        Logits of each level, coarsest first: float32 of shape (num_images, K).
    """
    engine = TorchEngine(network, hardware, flip=flip)
    num_values = sum(data.num_images[each] for each in ("val", "test")) * sum(data.taxonomy.num_classes)
    room = partial(_room, data.num_images[split], folder, 8 * num_values)
    return predict(engine, data.batches(split, prediction_batch(data.image_shape)), room)


def _room(num_images: int, folder: Path | None, later_bytes: int, num_classes: int) -> Level:
    shape = num_images, num_classes
    num_bytes = 4 * math.prod(shape)
    # Room on the disk is taken at once: where there is none, a mapped file would end the process later.
    reserve = getattr(os, "posix_fallocate", None)
    if folder is not None and num_bytes >= _LARGE_BYTES and reserve:
        with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=folder) as file:
            # What is predicted has to be written, too, and the disk may have other users.
            if shutil.disk_usage(folder).free >= num_bytes + later_bytes:
                reserve(file.fileno(), 0, num_bytes)
                return np.memmap(file, np.float32, "r+", shape=shape)
    return np.empty(shape, np.float32)
