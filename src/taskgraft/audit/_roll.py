"""The images of a dataset that are in a split, as messages name them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from taskgraft.audit._records import AuditedImage
from taskgraft.data import SPLITS, Dataset
from taskgraft.taxonomy import IntArray


@dataclass(frozen=True)
class Roll:
    """All images in a split, numbered 0 to N - 1 in the order of the data.

    Example:
        >>> from taskgraft.data.sources import load
        >>> roll = Roll(load("shapes", num_train=160, num_test=16, val_fraction=0.2))
        >>> len(roll.rows), roll.image(0).name, roll.image(0).split
        (176, 'train 0', 'train')
    """

    data: Dataset

    @cached_property
    def rows(self) -> IntArray:
        """Places in the data, ascending: shape (N,)."""
        return np.sort(np.concatenate([self.data.indices[split] for split in SPLITS]))

    @cached_property
    def splits(self) -> npt.NDArray[np.int8]:
        """Number of the split of each, as in `SPLITS`: shape (N,)."""
        numbers = np.zeros(len(self.data.images), np.int8)
        for number, split in enumerate(SPLITS):
            numbers[self.data.indices[split]] = number
        taken: npt.NDArray[np.int8] = numbers[self.rows]
        return taken

    @cached_property
    def labels(self) -> IntArray:
        """Labels, -1 for unknown: shape (N, L)."""
        taken: IntArray = self.data.labels[self.rows]
        return taken

    def image(self, position: int) -> AuditedImage:
        """One image, by its number among them."""
        row = int(self.rows[position])
        labels = tuple(
            level.classes[number] if number >= 0 else None
            for level, number in zip(self.data.taxonomy.levels, self.labels[position], strict=True)
        )
        return AuditedImage(row, self._name(row), SPLITS[self.splits[position]], labels)

    def images(self, chosen: npt.NDArray[np.bool_]) -> tuple[AuditedImage, ...]:
        """Some images, by a mask of shape (N,)."""
        return tuple(self.image(int(position)) for position in np.flatnonzero(chosen))

    def names(self, positions: Iterable[int]) -> tuple[str, ...]:
        """Names of some images, with their splits."""
        images = map(self.image, positions)
        return tuple(f"{image.name} ({image.split})" for image in images)

    def _name(self, row: int) -> str:
        return f"image {row}" if self.data.names is None else str(self.data.names[row])
