"""Images that are in memory already, as NumPy arrays or torch tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from taskgraft.data._dataset import Dataset
from taskgraft.data._provenance import SPLIT_AS_GIVEN, Provenance
from taskgraft.data._splits import check_fraction, draw_test, strata_of
from taskgraft.data.labels import Column, label_columns, split_indices
from taskgraft.errors import DataError
from taskgraft.kinds import MAPPING, NAME, NONE, TRUTH, of_class, of_kinds
from taskgraft.taxonomy import IntArray, Taxonomy

_CHANNELS = (1, 3)


@of_kinds(columns=MAPPING, has_tree=TRUTH, taxonomy=of_class("a Taxonomy", Taxonomy) | NONE, source=NAME)
def from_arrays(
    images: Any,
    columns: Mapping[str, Column],
    *,
    test: Column | float = 0.2,
    val: Column | float = 0.1,
    has_tree: bool = True,
    taxonomy: Taxonomy | None = None,
    limit: int | None = None,
    source: str = "arrays",
) -> Dataset:
    """Makes a dataset of images in memory.

    Args:
        images: uint8, a NumPy array or a torch tensor, of shape (N, C, H, W), (N, H, W, C) or (N, H, W), C
            being 1 or 3.
        columns: By level, coarsest first, N class names or numbers: a list, an array, a tensor or a column
            of pandas; None, NaN, "" or -1 where a label is unknown (`docs/decisions/0026` has every rule).
        test: The test images: their distinct positions, a mask of N truth values, or the share to draw for
            test, evenly over the leaves.
        val: The val images, likewise; a share is held out of train.
        has_tree: Whether each finer class lies under one coarser class.
        taxonomy: The classes and their numbers, where they are settled.
        limit: Keep at most this many images in each split.
        source: What records and reports call it.

    Raises:
        DataError: If the images are of another type or shape, a label is not one label, or splits overlap or
            name images that do not exist.
        RequestError: If a share is not between 0 and 1.
        TaxonomyError: If the labels are no tree.

    Example:
        >>> images = np.zeros((40, 32, 32), dtype=np.uint8)
        >>> data = from_arrays(images, {"kind": [0, 1] * 20, "thing": [0, 1, 2, 3] * 10})
        >>> data.image_shape, data.taxonomy.num_classes, data.num_images
        ((1, 32, 32), (2, 4), {'train': 29, 'val': 3, 'test': 8})
    """
    pixels = _channels_first(_as_array(images))
    labelling = label_columns(columns, has_tree=has_tree, taxonomy=taxonomy)
    taxonomy, labels = labelling.taxonomy, labelling.labels
    _check_length(pixels, labels)
    held_out = val if isinstance(val, float) else split_indices("val", val, len(pixels))
    if isinstance(test, float):
        check_fraction("the share of test", test, "Try 0.2.")
        rest = np.arange(len(pixels))
        rest = rest if isinstance(held_out, float) else np.setdiff1d(rest, held_out)
        test_indices = draw_test(strata_of(labels, taxonomy.num_classes[-1]), rest, test)
        split = f"{test:.0%} drawn for test"
    else:
        test_indices = split_indices("test", test, len(pixels))
        split = SPLIT_AS_GIVEN
    data = Dataset.carve(
        pixels,
        labels,
        taxonomy,
        test=test_indices,
        val=held_out,
        limit=limit,
        provenance=Provenance(source, split, is_official=False, notes=labelling.notes),
    )
    return replace(data, only_classes=labelling.only_classes)


def _as_array(images: Any) -> npt.NDArray[np.uint8]:
    # A tensor on another device has to be moved to the CPU first.
    array = np.asarray(images.cpu() if hasattr(images, "cpu") else images)
    if array.dtype != np.uint8 or array.ndim not in (3, 4):
        raise DataError.expected(
            "images",
            "uint8 of shape (N, C, H, W), (N, H, W, C) or (N, H, W)",
            f"{array.dtype} of shape {array.shape}",
            "Convert them to pixels of 0 to 255.",
        )
    return array


def _channels_first(array: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    if array.ndim == 3:
        return array[:, None]
    if array.shape[1] in _CHANNELS:
        return array
    if array.shape[3] in _CHANNELS:
        return np.ascontiguousarray(array.transpose(0, 3, 1, 2))
    raise DataError.expected(
        "images", "of 1 or 3 channels, first or last", f"shape {array.shape}", "Drop or convert channels."
    )


def _check_length(images: npt.NDArray[np.uint8], labels: IntArray) -> None:
    if len(images) != len(labels):
        raise DataError.expected(
            "labels", f"{len(images)} long, one for each image", len(labels), "Give every image a label."
        )
