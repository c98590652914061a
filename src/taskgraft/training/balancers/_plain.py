"""Weights that need nothing but the losses of the step: equal, drawn, of the geometric mean, of the worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from taskgraft.network import stream_generator
from taskgraft.training.balancers._balancer import BALANCERS, Balancer, require
from taskgraft.training.balancers._weighting import Weighting, softmax_of


@BALANCERS.add("equal")
class Equal(Balancer):
    """The sum of the losses, whatever the recipe's weights."""

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """One backward pass from the sum."""
        losses.sum().backward()  # type: ignore[no-untyped-call]


@BALANCERS.add("random")
class RandomWeights(Weighting):
    """Weights that sum to 1, drawn in each step (RLW; Lin et al., 2022): the rival of all others."""

    def __init__(self, weights: Tensor, seed: int) -> None:
        super().__init__(weights, seed)
        self._generator = stream_generator(seed, "balancing")

    def weights_of(self, losses: Tensor) -> Tensor:
        """The softmax of normal draws."""
        draws = torch.randn(len(losses), generator=self._generator).to(losses)
        return softmax_of(draws, losses > 0)

    def state_dict(self) -> dict[str, Tensor]:
        """Where its stream of draws stands."""
        return {"generator": self._generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from there.

        Raises:
            ValueError: If it is the state of another kind of balancer.
        """
        require(state, "generator")
        self._generator.set_state(state["generator"])


@BALANCERS.add("geometric")
class Geometric(Weighting):
    """The gradient of the geometric mean of the losses (Chennupati et al., 2019)."""

    def weights_of(self, losses: Tensor) -> Tensor:
        """The mean over each loss: of losses that differ in size each counts by how much it improves."""
        has_label = losses > 0
        mean = losses[has_label].log().mean().exp()
        return torch.where(has_label, mean / losses / has_label.sum(), 0.0)


@BALANCERS.add("stch")
class Stch(Weighting):
    """The gradient of a smooth maximum of the losses (Tchebycheff; Lin et al., 2024).

    Args:
        weights: As for every balancer.
        seed: As for every balancer.
        mu: The lower, the more the worst loss alone counts.
    """

    def __init__(self, weights: Tensor, seed: int, mu: float = 0.1) -> None:
        super().__init__(weights, seed)
        self._mu = mu

    def weights_of(self, losses: Tensor) -> Tensor:
        """A softmax of the losses, with preferences of 1 / L."""
        has_label = losses > 0
        preference = 1 / has_label.sum().clamp(min=1)
        return preference * softmax_of(losses * preference / self._mu, has_label)
