"""What every data source yields: images held once, a label per level, a taxonomy and three splits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from taskgraft.data._copies import copies_among
from taskgraft.data._dataset_html import dataset_html
from taskgraft.data._limit import check_limit, limited
from taskgraft.data._lost_classes import LostClass
from taskgraft.data._partitions import draw_partition, partition_split
from taskgraft.data._provenance import Origin, Provenance
from taskgraft.data._splits import carve_val, check_fraction, draw_test, strata_of
from taskgraft.data.labels import SPLITS, Split, check_splits
from taskgraft.data.store import release
from taskgraft.errors import DataError, RequestError, unknown_name
from taskgraft.kinds import ARRAY, NONE, WHOLE_NUMBER, Kind, check_kinds, of_class, of_kinds
from taskgraft.parameter import Parameter
from taskgraft.taxonomy import IntArray, JudgedTaxonomy, Taxonomy, check_levels

_TAXONOMY, _PROVENANCE = of_class("a Taxonomy", Taxonomy), of_class("a Provenance", Provenance)
_KINDS = {
    "images": ARRAY,
    "labels": ARRAY,
    "taxonomy": _TAXONOMY,
    "indices": Kind(
        ("a mapping of train, val and test",),
        lambda value: isinstance(value, Mapping) and {*SPLITS} <= value.keys(),
    ),
    "provenance": _PROVENANCE,
    "names": of_class("a list of names", Sequence) | NONE,
}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images, labels at every level, and which image belongs to which split.

    Attributes:
        images: uint8 of shape (N, C, H, W), held once, in memory or mapped from disk; splits are indices.
        labels: int64 of shape (N, L), coarsest level first; -1 where a label is not known.
        taxonomy: The L levels.
        indices: For each of `train`, `val` and `test`, int64 indices into the images.
        provenance: Where the data came from.
        names: What the source calls each image, N of them: a path, a cell, a part and a row. None for images
            that have no names; see `name_of`.
        image_digest: SHA-256 of the bytes of all images, where it is available without reading them.
        needs: The splits that must hold images; training alone needs no test split.
        lost: The classes that lost all their pictures, because none can be read.
        origin: The call of `load` that gives it again; None for data from elsewhere.
        only_classes: By level that was left out because it has a single class, coarsest first, that class.

    Raises:
        RequestError: If a split that is needed is empty.
        DataError: If shapes or types disagree, a label is out of range, or splits share an image, hold one
            twice or name one that does not exist.
    """

    images: npt.NDArray[np.uint8] = field(repr=False)
    labels: IntArray = field(repr=False)
    taxonomy: Taxonomy = field(repr=False)
    indices: dict[Split, IntArray] = field(repr=False)
    provenance: Provenance
    names: Sequence[str] | None = field(default=None, repr=False)
    image_digest: str | None = field(default=None, repr=False)
    needs: tuple[Split, ...] = field(default=SPLITS, repr=False)
    lost: tuple[LostClass, ...] = field(default=(), repr=False)
    origin: Origin | None = field(default=None, repr=False)
    only_classes: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        check_kinds(vars(self), _KINDS)
        _check_arrays(self.images, self.labels, self.taxonomy)
        check_splits(self.indices, len(self.images), self.provenance.source)
        _check_names(self.images, self.names)
        if self.needs and isinstance(self.taxonomy, JudgedTaxonomy):
            check_levels(self.taxonomy.levels)
        for split in self.needs:
            if len(self.indices[split]) == 0:
                raise _empty(split, self.provenance)
            if (self.labels_of(split) < 0).all():
                raise DataError.expected(
                    f"the {split} split of {self.provenance.source}",
                    "labelled at some level",
                    "no label",
                    f"Label some of its images, or leave the split out: {Parameter('leave_out', split)}.",
                )

    @classmethod
    @of_kinds(images=ARRAY, labels=ARRAY, taxonomy=_TAXONOMY, provenance=_PROVENANCE)
    def carve(
        cls,
        images: npt.NDArray[np.uint8],
        labels: IntArray,
        taxonomy: Taxonomy,
        *,
        test: IntArray,
        provenance: Provenance,
        val: IntArray | float = 0.1,
        limit: int | None = None,
        names: Sequence[str] | None = None,
    ) -> Self:
        """Builds a dataset from samples of which the test ones are known; val is carved from train.

        The carving is stratified by leaf and depends on nothing but the labels: every study of the
        same data has the same validation images.

        Args:
            images: uint8 of shape (N, C, H, W).
            labels: int64 of shape (N, L).
            taxonomy: The levels of the labels.
            test: Indices of the test images; all others are train.
            provenance: Where the data came from.
            val: Share of the train images held out, per leaf, between 0 and 1, exclusive; or the indices of
                the val images, where the source has some.
            limit: Keep at most this many images in each of train (before carving), val and test, evenly
                over the leaves; below two a leaf, of some leaves alone.
            names: What the source calls each image.
        """
        given = val if isinstance(val, np.ndarray) else np.empty(0, dtype=np.int64)
        if not isinstance(val, np.ndarray):
            check_fraction("the validation fraction", val, "Try 0.1.")
        _check_arrays(images, labels, taxonomy)
        strata = strata_of(labels, taxonomy.num_classes[-1])
        check_splits({"val": given, "test": test}, len(images), provenance.source)
        train = np.setdiff1d(np.arange(len(images)), np.concatenate([test, given]))
        if limit is not None:
            check_limit(limit)
            parts: dict[Split, IntArray] = {"train": train, "val": given, "test": test}
            kept, notes = limited(strata, parts, limit, taxonomy.num_classes[-1])
            train, given, test = (kept[split] for split in SPLITS)
            description = f"{provenance.split}, at most {limit} images each"
            provenance = replace(provenance, split=description, notes=(*provenance.notes, *notes))
        held_out = np.sort(given)
        if not isinstance(val, np.ndarray):
            train, held_out = carve_val(strata, train, val)
        indices: dict[Split, IntArray] = {"train": train, "val": held_out, "test": np.sort(test)}
        return cls(images, labels, taxonomy, indices, provenance, names)

    def _repr_html_(self) -> str:
        labels = {split: self.labels_of(split) for split in SPLITS}
        return dataset_html(self.provenance, self.taxonomy, self.image_shape, labels)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of every image."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    @property
    def num_images(self) -> dict[Split, int]:
        """Number of images of each split."""
        return {split: len(self.indices[split]) for split in SPLITS}

    def labels_of(self, split: Split) -> IntArray:
        """Labels of one split, int64 of shape (num_images, L).

        Raises:
            RequestError: If there is no such split.
        """
        return self.labels[self._indices_of(split)]

    def _indices_of(self, split: Split) -> IntArray:
        if not isinstance(split, str) or split not in SPLITS:
            raise unknown_name(Parameter("split"), split, SPLITS)
        return self.indices[split]

    @of_kinds(num_images=WHOLE_NUMBER)
    def batches(self, split: Split, num_images: int) -> Iterator[npt.NDArray[np.uint8]]:
        """The images of one split, some at a time, in order; mapped ones do not pile up in memory.

        Args:
            split: Which images; an empty one gives one empty batch.
            num_images: Images a batch; the last may hold fewer.

        Yields:
            uint8 of shape (B, C, H, W).
        """
        yield from self._in_batches(self._indices_of(split), num_images)

    def _in_batches(self, indices: IntArray, num_images: int) -> Iterator[npt.NDArray[np.uint8]]:
        for start in range(0, max(1, len(indices)), num_images):
            yield self.images[indices[start : start + num_images]]
            release(self.images)

    def names_of(self, split: Split) -> list[str]:
        """What the source calls each image of one split, in the order of `labels_of`."""
        return [self.name_of(index) for index in self._indices_of(split).tolist()]

    def name_of(self, index: int) -> str:
        """What the source calls an image; its index where it has no name."""
        return str(index if self.names is None else self.names[index])

    def with_val_fraction(self, val_fraction: float) -> Self:
        """The same data with another share of train (val included) held out for validation."""
        check_fraction("the validation fraction", val_fraction, "Try 0.1.")
        train = np.union1d(self.indices["train"], self.indices["val"])
        train, val = carve_val(strata_of(self.labels, self.taxonomy.num_classes[-1]), train, val_fraction)
        indices: dict[Split, IntArray] = {"train": train, "val": val, "test": self.indices["test"]}
        return replace(self, indices=indices, origin=None)

    def with_test_fraction(self, test_fraction: float) -> Self:
        """The same data with a share of train drawn for test, as `load` does where a source has none."""
        strata = strata_of(self.labels, self.taxonomy.num_classes[-1])
        test = draw_test(strata, self.indices["train"], test_fraction)
        train = np.setdiff1d(self.indices["train"], test)
        return replace(self, indices={**self.indices, "train": train, "test": test}, origin=None)

    def with_partition(self, number: int) -> Self:
        """The same data with other train and test images, drawn from both; val stays as it is.

        Each leaf class keeps its share of test, images with the same pixels stay together, and what has the
        pixels of a val image is never tested.

        Args:
            number: Of the partition, from 0; the same number draws the same images.
        """
        strata = strata_of(self.labels, self.taxonomy.num_classes[-1])
        train, test = draw_partition(number, strata, self.indices, self.copy_groups)
        provenance = replace(self.provenance, split=partition_split(number), is_official=False)
        indices: dict[Split, IntArray] = {"train": train, "val": self.indices["val"], "test": test}
        return replace(self, indices=indices, provenance=provenance, origin=None)

    @cached_property
    def copy_groups(self) -> IntArray:
        """For every image the first one with its pixels, shape (N,); images in no split are alone."""
        used = np.sort(np.concatenate([self.indices[split] for split in SPLITS]))
        groups = np.arange(len(self.images))
        groups[used] = used[copies_among(self.images, used)]
        return groups

    def digest(self) -> str:
        """SHA-256 of images, labels, class names and splits: with one digest, two studies saw the same.

        Images that are in no split do not count, so the data as used has one digest wherever it came from.
        """
        used = np.sort(np.concatenate([self.indices[split] for split in SPLITS]))
        is_all = len(used) == len(self.images)
        images = self.images if is_all else self.images[used]
        pixels = self.image_digest if is_all else None
        state = hashlib.sha256(repr((self.taxonomy, images.shape)).encode())
        state.update((pixels or hashlib.sha256(np.ascontiguousarray(images).data).hexdigest()).encode())
        places = (np.searchsorted(used, self.indices[split]) for split in SPLITS)
        for array in (self.labels[used], *places):
            state.update(np.ascontiguousarray(array, dtype=np.int64).data)
        return state.hexdigest()


def _empty(split: Split, provenance: Provenance) -> RequestError:
    """The refusal of shares and limits that leave a split without an image."""
    shares = ("val_fraction", "test_fraction", "limit")
    remedy = f"Give more images, or change {', '.join(str(Parameter(name)) for name in shares)}."
    return RequestError.expected(f"the {split} split of {provenance.source}", "one image or more", 0, remedy)


def _check_names(images: npt.NDArray[np.uint8], names: Sequence[str] | None) -> None:
    if names is not None and len(names) != len(images):
        raise DataError.expected(
            "names",
            f"{len(images)} long, one for each image",
            len(names),
            "Give every image a name, or none.",
        )


def _check_arrays(images: npt.NDArray[np.uint8], labels: IntArray, taxonomy: Taxonomy) -> None:
    if images.dtype != np.uint8 or images.ndim != 4:
        raise DataError.expected(
            "images",
            "uint8 of shape (N, C, H, W)",
            f"{images.dtype} of shape {images.shape}",
            "Convert them.",
        )
    if labels.dtype != np.int64 or labels.shape != (len(images), taxonomy.num_levels):
        raise DataError.expected(
            "labels",
            f"int64 of shape ({len(images)}, {taxonomy.num_levels})",
            f"{labels.dtype} of shape {labels.shape}",
            "Give every image one label at every level.",
        )
    for column, level in zip(labels.T, taxonomy.levels, strict=True):
        if len(column) and not -1 <= column.min() <= column.max() < level.num_classes:
            raise DataError.expected(
                f"labels of level {level.name!r}",
                f"from 0 to {level.num_classes - 1}, or -1 for unknown",
                f"{column.min()} to {column.max()}",
                "Check the label file.",
            )
