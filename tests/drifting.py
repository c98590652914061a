"""A balancer with everything that a checkpoint has to keep: it exists for the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from taskgraft.network import stream_generator
from taskgraft.training.balancers import Balancer


class Drifting(Balancer):
    """Weights that follow the losses, a count of steps and a draw."""

    def __init__(self, weights: Tensor, seed: int) -> None:
        super().__init__(weights, seed)
        self._means = torch.zeros_like(weights)
        self._num_steps = torch.zeros((), dtype=torch.int64)
        self._generator = stream_generator(seed, "drifting")

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        self._means.lerp_(losses.detach(), 0.3)
        self._num_steps += 1
        draw = torch.rand(len(losses), generator=self._generator)
        drift = (self._means + draw) / self._num_steps.sqrt()
        torch.dot(losses, self.weights * (1 + drift)).backward()

    def state_dict(self) -> dict[str, Tensor]:
        return {"means": self._means, "steps": self._num_steps, "generator": self._generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        if state.keys() != self.state_dict().keys():
            raise ValueError(f"no state of a drifting balancer: {', '.join(state)}")
        self._means.copy_(state["means"])
        self._num_steps.copy_(state["steps"])
        self._generator.set_state(state["generator"])
