"""The pictures of a dataset once more, at a larger side, for parts of them that keep their detail."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from taskgraft.data._dataset import Dataset
from taskgraft.data.sources._sources import load
from taskgraft.data.store import LARGEST
from taskgraft.errors import DataError, Phrase, RequestError
from taskgraft.parameter import Parameter

# Every run of a study needs those of the same dataset.
_LARGER: WeakKeyDictionary[Dataset, dict[int, npt.NDArray[np.uint8]]] = WeakKeyDictionary()


def larger_images(data: Dataset, ratio: float, name: str) -> npt.NDArray[np.uint8]:
    """The images of a dataset with more pixels: the same pictures, cut to the same square.

    They are decoded into a store at the first call, and mapped from it ever after.

    Args:
        data: As `load` gave it.
        ratio: Their side over that of the dataset's images, 1 or more.
        name: What errors call the ratio.

    Returns:
        uint8 of shape (N, C, H, W), in the order of `data.images`; those themselves where the side is theirs.

    Raises:
        RequestError: If the data are no squares that were decoded from pictures, or the side is too large.
        DataError: If the pictures are no longer what they were.

    Example:
        >>> from taskgraft.data.sources import load
        >>> data = load("shapes", num_train=200, num_test=100)
        >>> larger_images(data, 1, "a ratio") is data.images
        True
    """
    height = data.image_shape[1]
    side = round(height * ratio)
    if side == height:
        return data.images
    _check_side(data, side, ratio, name)
    by_side = _LARGER.setdefault(data, {})
    if side not in by_side:
        by_side[side] = _again(data, side)
    return by_side[side]


def _check_side(data: Dataset, side: int, ratio: float, name: str) -> None:
    _, height, width = data.image_shape
    if data.origin is None or data.provenance.fit is None or height != width:
        rule = "1 with images that are no squares decoded from pictures"
        raise RequestError.expected(name, rule, Phrase(f"{ratio:g}"), "Leave it out.").about(name)
    if side > LARGEST:
        rule = f"at most {LARGEST / height:.3g} with images of {height} pixels, as stores go up to {LARGEST}"
        remedy = f"Lower it, or {Parameter('size')}."
        raise RequestError.expected(name, rule, Phrase(f"{ratio:g}"), remedy).about(name)


def _again(data: Dataset, side: int) -> npt.NDArray[np.uint8]:
    assert data.origin is not None
    larger = load(data.origin.source, **{**dict(data.origin.options), "size": side})
    is_same = larger.names == data.names and np.array_equal(larger.labels, data.labels)
    if not is_same or larger.image_shape[0] != data.image_shape[0]:
        raise DataError.expected(
            f"the pictures of {data.provenance.source}",
            "those that were read before",
            Phrase("others"),
            "Leave the files alone while they are read.",
        )
    return larger.images
