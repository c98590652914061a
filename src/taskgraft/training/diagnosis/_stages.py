"""One stage of a trunk under a probe: what its batches add up to."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from taskgraft.probe import Matrix, StageProbe
from taskgraft.training.diagnosis._gradients import cosines, products
from taskgraft.training.diagnosis._similarity import FEWEST_IMAGES, Similarity


class StageSums:
    """Adds up what each batch shows of one stage.

    Args:
        places: Of its weights, among all that gradients are taken by.
        shared: Of those weights that several losses reach.
        num_levels: L, levels that have a loss.
        num_lanes: Lanes of the stage.
    """

    def __init__(self, places: Sequence[int], shared: Sequence[int], num_levels: int, num_lanes: int) -> None:
        self._places, self._shared = places, shared
        self._norms = torch.zeros(num_levels, dtype=torch.float64)
        self._cosines = torch.zeros(num_levels, num_levels, dtype=torch.float64)
        self._num_conflicts = torch.zeros_like(self._cosines)
        self._num_pairs = torch.zeros_like(self._cosines)
        self._similarity = Similarity(num_lanes) if num_lanes > 1 else None
        self._lane_shares: Tensor | None = None
        self._num_batches = 0

    def add(
        self,
        rows: Sequence[Sequence[Tensor]],
        maps: Sequence[Tensor],
        lane_shares: Tensor | None = None,
    ) -> None:
        """Adds a batch.

        Args:
            rows: What `level_gradients` gave, of all weights.
            maps: What left each lane of the stage, shape (B, ...).
            lane_shares: What each stream behind its mixer took of each lane, if it says so.
        """
        self._num_batches += 1
        if lane_shares is not None:
            taken = lane_shares.double().cpu()
            self._lane_shares = taken if self._lane_shares is None else self._lane_shares + taken
        self._norms += products(rows, self._places).diagonal().clamp(min=0).sqrt()
        gram = products(rows, self._shared)
        has_gradient = gram.diagonal() > 0
        angles = cosines(gram)
        # A level without a label in the batch pulls nowhere: it neither agrees nor conflicts.
        is_pair = has_gradient[:, None] & has_gradient[None, :]
        self._num_pairs += is_pair
        self._cosines += torch.where(is_pair, angles, 0.0)
        self._num_conflicts += is_pair & (angles < 0)
        if self._similarity is not None and len(maps[0]) >= FEWEST_IMAGES:
            self._similarity.add(maps)

    def probe(self) -> StageProbe:
        """What they add up to."""
        num_pairs = self._num_pairs.clamp(min=1)
        return StageProbe(
            norms=tuple((self._norms / max(1, self._num_batches)).tolist()),
            cosines=rows_of(self._cosines / num_pairs) if self._shared else None,
            conflicts=rows_of(self._num_conflicts / num_pairs) if self._shared else None,
            similarities=None if self._similarity is None else rows_of(self._similarity.matrix()),
            shares=None if self._lane_shares is None else rows_of(self._lane_shares / self._num_batches),
        )


def rows_of(matrix: Tensor) -> Matrix:
    """A matrix as plain numbers, six digits of each.

    Example:
        >>> rows_of(torch.tensor([[1.0, 1 / 3]]))
        ((1.0, 0.333333),)
    """
    return tuple(tuple(round(value, 6) for value in row) for row in matrix.tolist())
