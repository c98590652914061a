"""Weights by how fast each loss fell over the last two epochs."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from taskgraft.training.balancers._balancer import BALANCERS, require
from taskgraft.training.balancers._weighting import Weighting


@BALANCERS.add("dwa")
class Dwa(Weighting):
    """Dynamic weight average (Liu et al., 2019): weights that sum to L, even ones in the first two epochs.

    Args:
        weights: As for every balancer.
        seed: As for every balancer.
        temperature: The higher, the more even the weights.
    """

    def __init__(self, weights: Tensor, seed: int, temperature: float = 2.0) -> None:
        super().__init__(weights, seed)
        self._temperature = temperature
        # The epoch under way: the sum of each loss and its number of batches with a label.
        self._sums, self._counts = torch.zeros_like(weights), torch.zeros_like(weights)
        # Mean losses of the two epochs before, the older first; 0 before there are any.
        self._means = weights.new_zeros(2, len(weights))

    def weights_of(self, losses: Tensor) -> Tensor:
        """Those of the epoch."""
        self._sums += losses
        self._counts += losses > 0
        older, newer = self._means
        if not (older > 0).all():
            return torch.ones_like(losses)
        weights: Tensor = len(losses) * (newer / older / self._temperature).softmax(0)
        return weights

    def end_epoch(self) -> None:
        """Takes in the epoch's mean losses; one without a batch leaves all as it is."""
        if self._counts.any():
            _, last = self._means.clone()
            means = torch.where(self._counts > 0, self._sums / self._counts.clamp(min=1), last)
            self._means = torch.stack([last, means])
        self._sums, self._counts = torch.zeros_like(self._sums), torch.zeros_like(self._counts)

    def state_dict(self) -> dict[str, Tensor]:
        """The epoch under way, and the two before it."""
        return {"sums": self._sums, "counts": self._counts, "means": self._means}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from there.

        Raises:
            ValueError: If it is the state of another kind of balancer.
        """
        require(state, *self.state_dict())
        self._sums.copy_(state["sums"])
        self._counts.copy_(state["counts"])
        self._means = state["means"].to(self._means.device, copy=True)
