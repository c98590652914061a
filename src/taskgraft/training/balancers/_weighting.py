"""The base of what gives each loss a weight."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from taskgraft.training.balancers._balancer import Balancer


class Weighting(Balancer):
    """One backward pass from the losses times weights, through which no gradient goes.

    What a method sees are the losses times the recipe's weights; a level without a label in the batch has
    loss 0, and no method counts it.
    """

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """One backward pass."""
        scaled = losses * self.weights
        self.last_weights = self.weights_of(scaled.detach())
        torch.dot(scaled, self.last_weights).backward()  # type: ignore[no-untyped-call]

    @abstractmethod
    def weights_of(self, losses: Tensor) -> Tensor:
        """The weights of this step.

        Args:
            losses: Times the recipe's weights, without their graph: f32 of shape (L,); 0 for a level without
                a label in the batch.

        Returns:
            Shape (L,).
        """


def softmax_of(values: Tensor, has_label: Tensor) -> Tensor:
    """The softmax of those levels that have a label, and 0 for the others: shape (L,).

    Example:
        >>> softmax_of(torch.tensor([0.0, 7.0, 0.0]), torch.tensor([True, False, True]))
        tensor([0.5000, 0.0000, 0.5000])
    """
    if not has_label.any():
        return torch.zeros_like(values)
    return torch.where(has_label, values, -torch.inf).softmax(0)
