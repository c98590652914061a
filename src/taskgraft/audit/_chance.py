"""How alike two images are by chance: what a pair has to exceed before it is called a duplicate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.audit._likeness import cosines, likeness
from taskgraft.audit._signature import FloatArray
from taskgraft.taxonomy import IntArray

_NUM_IMAGES, _NUM_OTHERS = 200, 1000
# Not the nearest neighbour, which may be a duplicate itself.
_NEAR, _FAR = 5, 20
# A copy that was encoded again has to stay within reach, however alike all images are.
_STRICTEST = 0.995
# Of all images, the share that stands in a denser crowd than the one that is measured.
_CROWDED = 0.05


@dataclass(frozen=True)
class Thinning:
    """How quickly the neighbours of an image in a crowd thin out towards it.

    Within a distance d (1 less the similarity) chance puts `num_near * (d / near) ** power` neighbours: the
    power is the number of dimensions in which these images really differ.

    Attributes:
        near: Distance to the fifth neighbour in a sample.
        power: As above; infinite where the sample is too small to tell.
        num_near: Neighbours that the whole data has within `near`.
    """

    near: float
    power: float
    num_near: float

    def least(self, num_by_chance: float) -> float:
        """The similarity above which chance gives an image so many neighbours.

        Example:
            >>> round(Thinning(near=0.5, power=2.0, num_near=100.0).least(1.0), 3)
            0.95
        """
        if math.isinf(self.power):
            return -1.0
        thinned: float = (num_by_chance / self.num_near) ** (1 / self.power)
        return min(1 - self.near * thinned, _STRICTEST)


@dataclass(frozen=True)
class Chance:
    """What chance does to the two similarities of the search."""

    cosine: Thinning
    likeness: Thinning


def measure_chance(maps: npt.NDArray[np.int8], even: FloatArray, odd: FloatArray) -> Chance:
    """Measures both similarities among a sample of images, evenly spaced.

    Args:
        maps: int8 of shape (N, h, w).
        even: Entries of their signatures that mirroring leaves alone, shape (N, E).
        odd: The other entries, shape (N, O).

    Example:
        >>> from taskgraft.audit._signature import detail_maps
        >>> maps = detail_maps(np.random.default_rng(0).integers(0, 256, (90, 1, 16, 16), np.uint8))
        >>> blank = np.zeros((90, 2), np.float32)
        >>> 0.3 < measure_chance(maps, blank, blank).likeness.least(0.01) < 0.85
        True
    """
    some, others = _spread(len(maps), _NUM_IMAGES), _spread(len(maps), _NUM_OTHERS)
    similar, crossed = cosines(even[some], odd[some], even[others], odd[others])
    first, second = np.repeat(some, len(others)), np.tile(others, len(some))
    alike = likeness(maps, first, second, (crossed < 0).reshape(-1)).reshape(similar.shape)
    is_itself = some[:, None] == others[None]
    return Chance(*(_thinning(np.where(is_itself, -1, table), len(maps)) for table in (similar, alike)))


def _spread(num_images: int, most: int) -> IntArray:
    return np.unique(np.linspace(0, num_images - 1, min(num_images, most)).astype(np.int64))


def _thinning(similar: FloatArray, num_images: int) -> Thinning:
    """From a table of similarities, a row an image, to what the row of an image in a crowd says."""
    num_others = similar.shape[1]
    if num_others <= 2 * _FAR:
        return Thinning(1.0, math.inf, 0.0)
    ranked = np.partition(similar, [num_others - _FAR, num_others - _NEAR], axis=1)
    distances = (1 - ranked[:, num_others - rank] for rank in (_NEAR, _FAR))
    near, far = (max(float(np.quantile(distance, _CROWDED)), 1e-6) for distance in distances)
    power = math.log(_FAR / _NEAR) / max(math.log(far / near), 1e-6)
    return Thinning(near, power, _NEAR * num_images / num_others)
