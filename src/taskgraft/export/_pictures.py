"""Pictures that a file is checked and calibrated on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import Any

import numpy as np

from taskgraft.errors import DataError, Phrase
from taskgraft.export._target import Pixels
from taskgraft.inference import Model, prediction_batch
from taskgraft.pictures import batches
from taskgraft.taxonomy import IntArray, Taxonomy

_NUM_MADE = 64
_MOST_CHECKED = 1_000
_SEED = 0


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures as the model takes them, and what they show where that is known.

    Attributes:
        pixels: uint8 (N, C, H, W).
        title: What they are, in a few words.
        labels: Their classes, int64 (N, L), -1 where not known; None without any.
    """

    pixels: Pixels
    title: str
    labels: IntArray | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def at(self, places: slice | IntArray) -> LabelledPictures:
        """Some of them."""
        labels = None if self.labels is None else self.labels[places]
        return LabelledPictures(self.pixels[places], self.title, labels)

    def at_most(self, num_pictures: int = _MOST_CHECKED) -> LabelledPictures:
        """So many of them, evenly from the first to the last."""
        if len(self) <= num_pictures:
            return self
        return self.at(np.linspace(0, len(self) - 1, num_pictures).astype(np.int64))


def pictures_for(model: Model, pictures: Any) -> LabelledPictures:
    """Pictures made what a model takes.

    Args:
        model: Whose shape they are brought to.
        pictures: What `Model.predict` takes, or `LabelledPictures`.

    Raises:
        RequestError: If something is no picture.
        DataError: If none can be read; those that cannot are left out.
    """
    if isinstance(pictures, LabelledPictures):
        return pictures
    fit = model.description.preprocessing.fit
    read = list(batches(pictures, model.image_shape, fit, prediction_batch(model.image_shape)))
    names = [name for batch in read for name in batch.names]
    bad = [each for batch in read for each in batch.bad]
    if not names:
        raise DataError.expected(
            "the pictures", "readable", Phrase(f"{len(bad):,} that are not"), "Name others."
        ).with_details(each.line for each in bad)
    title = f"pictures given ({len(bad):,} unreadable left out)" if bad else "pictures given"
    pixels = np.concatenate([batch.pixels for batch in read])
    return LabelledPictures(pixels, title, _labels_by_folders(names, model.taxonomy))


def _labels_by_folders(names: Sequence[str], taxonomy: Taxonomy) -> IntArray | None:
    """Labels of pictures in folders that are called like the classes on a path; None where none is."""
    if not taxonomy.is_tree:
        return None
    ancestors = np.stack([taxonomy.ancestors(level) for level in range(taxonomy.num_levels)], axis=1)
    leaves = {}
    for path in ancestors.tolist():
        classes = [level.classes[k] for level, k in zip(taxonomy.levels, path, strict=True)]
        # A class that ends early goes on under its name, and has one folder.
        leaves[tuple(name for name, _ in groupby(classes))] = path
    nowhere = [-1] * taxonomy.num_levels
    labels = [next(_matches(PurePath(name).parts[:-1], leaves), nowhere) for name in names]
    return np.array(labels, dtype=np.int64) if any(label is not nowhere for label in labels) else None


def _matches(folders: tuple[str, ...], leaves: dict[tuple[str, ...], list[int]]) -> Iterator[list[int]]:
    """The labels of the paths that the folders end with, the longest first."""
    return (leaves[folders[start:]] for start in range(len(folders)) if folders[start:] in leaves)


def made_pictures(image_shape: tuple[int, int, int]) -> LabelledPictures:
    """Pictures drawn for the check where there are no others: blotches of every size and contrast, and noise.

    Args:
        image_shape: Channels, height and width.

    Example:
        >>> made_pictures((3, 8, 8)).pixels.shape
        (64, 3, 8, 8)
    """
    channels, height, width = image_shape
    random = np.random.default_rng(_SEED)
    drawn = []
    for number in range(_NUM_MADE):
        num_cells = 2 ** (number % 6)
        cells = random.normal(128, random.uniform(10, 120), (channels, num_cells, num_cells))
        rows, columns = (np.arange(side) * num_cells // side for side in (height, width))
        picture = cells[:, rows][:, :, columns] + random.normal(0, 8, (channels, height, width))
        drawn.append(np.clip(picture, 0, 255).astype(np.uint8))
    return LabelledPictures(np.stack(drawn), "pictures made for the check")
