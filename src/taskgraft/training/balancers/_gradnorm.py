"""Weights by which the gradients of all levels have like lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from taskgraft.training.balancers._aggregation import Place, is_at_features
from taskgraft.training.balancers._balancer import BALANCERS
from taskgraft.training.balancers._jacobian import add_gradient, rows_at_features, rows_at_parameters
from taskgraft.training.balancers._learned import Learned


@BALANCERS.add("gradnorm")
class GradNorm(Learned):
    """GradNorm (Chen et al., 2018): weights that sum to L.

    Lengths are those of the gradients by what leaves the trunk, or by all shared weights; the paper takes the
    weights of the last shared layer.

    Args:
        weights: As for every balancer.
        seed: As for every balancer.
        alpha: How much levels gain whose loss fell less than that of others since the first step.
        learning_rate: Of the weights.
        at: Where gradients are compared, as for an aggregation.
    """

    def __init__(
        self,
        weights: Tensor,
        seed: int,
        alpha: float = 1.5,
        learning_rate: float = 0.025,
        at: Place = "auto",
    ) -> None:
        super().__init__(weights, seed, learning_rate, start=1.0)
        self._alpha, self._at = alpha, at
        # Losses of the first step in which a level has a label.
        self._first = torch.zeros_like(weights)

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """One backward pass with the weights as they are, which then move."""
        scaled = losses * self.weights
        seen = scaled.detach()
        self._first = torch.where(self._first > 0, self._first, seen)
        weighted = scaled * self.learned
        self.last_weights = torch.where(seen > 0, self.learned, 0.0)
        if not shared_parameters or len(losses) < 2:
            weighted.sum().backward()  # type: ignore[no-untyped-call]
            return
        if is_at_features(self._at, features):
            rows = rows_at_features(weighted, features, self.team)
            weighted.sum().backward()  # type: ignore[no-untyped-call]
        else:
            before = [each.grad for each in shared_parameters]
            rows = rows_at_parameters(weighted, shared_parameters, self.team)
            add_gradient(self.team.once(rows.sum(0)), shared_parameters, before)
        self._follow(rows.norm(dim=1), seen)

    def _follow(self, lengths: Tensor, losses: Tensor) -> None:
        """Moves the weights towards lengths in proportion to how far each level lags behind."""
        has_label = losses > 0
        if has_label.sum() < 2:
            return
        left = torch.where(has_label, losses / self._first, 0.0)
        pace = left / left[has_label].mean()
        aim = lengths[has_label].mean() * pace**self._alpha
        slope = (lengths - aim).sign() * lengths / self.learned
        self.learn(torch.where(has_label, slope, 0.0))
        # Adam may step over zero; a weight below it would make a loss worse on purpose.
        self.learned.clamp_(min=torch.finfo(torch.float32).eps)
        self.learned *= len(self.learned) / self.learned.sum()

    def state_dict(self) -> dict[str, Tensor]:
        """The weights, what Adam remembers, the first losses."""
        return {"first": self._first, **super().state_dict()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from there.

        Raises:
            ValueError: If it is the state of another kind of balancer.
        """
        if "first" not in state:
            raise ValueError("Expected first losses, but got none")
        super().load_state_dict({name: each for name, each in state.items() if name != "first"})
        self._first = state["first"].to(self._first.device, copy=True)
