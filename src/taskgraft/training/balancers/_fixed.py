"""Weights that never change."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from taskgraft.training.balancers._balancer import BALANCERS, Balancer


@BALANCERS.add("fixed")
class Fixed(Balancer):
    """The gradient of the weighted sum of the losses.

    Example:
        >>> weight = nn.Parameter(torch.tensor([2.0]))
        >>> Fixed(torch.tensor([1.0, 3.0]), seed=0).backward(weight * torch.tensor([1.0, 10.0]), [], [weight])
        >>> weight.grad
        tensor([31.])
    """

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """One backward pass from the sum."""
        torch.dot(losses, self.weights).backward()  # type: ignore[no-untyped-call]
