"""What a verdict says of single predictions: how sure they are, what is taken for what, and by whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from taskgraft.study import Spread
from taskgraft.taxonomy import IntArray


@dataclass(frozen=True)
class Bin:
    """Images of similar confidence: their share, mean confidence and accuracy."""

    share: float
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """How far one variant's probabilities at one level can be trusted.

    Attributes:
        variant: Its name.
        level: The level.
        temperature: Fitted on the val split, over seeds.
        raw: `nll`, `brier` and `ece` on the test split as they came.
        calibrated: The same after division by the temperature.
        bins: Equal-mass bins of the raw confidence, all seeds together, least confident first.
    """

    variant: str
    level: str
    temperature: Spread
    raw: dict[str, Spread]
    calibrated: dict[str, Spread]
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Confusion:
    """How often the classes of a level were taken for one another by one variant, over all its seeds.

    Attributes:
        level: The level.
        cells: (true, predicted, images) of every pair of classes that occurs; images without a label are
            left out.
    """

    level: str
    cells: tuple[tuple[int, int, int], ...]

    def matrix(self, num_classes: int) -> IntArray:
        """The counts, rows true and columns predicted: shape (K, K)."""
        matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
        if self.cells:
            true, predicted, images = np.array(self.cells).T
            matrix[true, predicted] = images
        return matrix


@dataclass(frozen=True)
class Opinions:
    """What the variants took one test image for.

    Attributes:
        position: Of the image in the test split.
        true: Its class at every level; -1 where there is no label.
        predicted: By variant, what most of its seeds predict at every level.
        confidence: In the leaf, mean over all runs; without a tree the mean over levels, too.
    """

    position: int
    true: tuple[int, ...]
    predicted: dict[str, tuple[int, ...]]
    confidence: float
