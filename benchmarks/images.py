"""Random pictures of CIFAR-100's size and number: a step takes as long whatever they show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.data import Dataset, Provenance, Split
from taskgraft.taxonomy import Taxonomy

_NUM_COARSE, _NUM_FINE = 20, 100
_NUM_TRAIN, _NUM_VAL, _NUM_TEST = 50_000, 100, 100


def random_images(seed: int = 0, num_train: int = _NUM_TRAIN) -> Dataset:
    """Train images of 3 x 32 x 32 with 20 coarse and 100 fine classes, 50,000 unless fewer will do.

    Example:
        >>> random_images().num_images["train"]
        50000
    """
    random = np.random.default_rng(seed)
    total = num_train + _NUM_VAL + _NUM_TEST
    images = np.frombuffer(random.bytes(total * 3 * 32 * 32), np.uint8).reshape(total, 3, 32, 32)
    fine = np.arange(total) % _NUM_FINE
    labels = np.stack([fine // (_NUM_FINE // _NUM_COARSE), fine], axis=1).astype(np.int64)
    pairs = [(f"coarse {f // (_NUM_FINE // _NUM_COARSE)}", f"fine {f}") for f in range(_NUM_FINE)]
    bounds = np.cumsum([0, num_train, _NUM_VAL, _NUM_TEST])
    train, val, test = (np.arange(a, b) for a, b in zip(bounds, bounds[1:], strict=False))
    taxonomy = Taxonomy.from_names(["coarse", "fine"], pairs)
    indices: dict[Split, npt.NDArray[np.int64]] = {"train": train, "val": val, "test": test}
    return Dataset(images.copy(), labels, taxonomy, indices, Provenance("random", "random", False))
