"""The base of what makes one gradient of the trunk of those of the levels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from taskgraft.network import stream_generator
from taskgraft.training.balancers._balancer import Balancer, require
from taskgraft.training.balancers._jacobian import (
    add_gradient,
    pass_back,
    rows_at_features,
    rows_at_parameters,
)

Place = Literal["auto", "features", "parameters"]
_GENERATOR = "generator"
_SEEDS = 2**62


class Aggregation(Balancer):
    """One gradient of what levels share, made of one gradient a level; heads follow the weighted sum.

    A level without a label in the batch has no gradient, and is left out. A method that remembers something
    of each level makes no use of such a batch: the sum of the gradients is taken. So it is where there is
    nothing to aggregate: one loss, nothing shared, or a frozen trunk.

    Args:
        weights: As for every balancer. Gradients are those of the losses times these.
        seed: As for every balancer.
        at: Where gradients are compared: `features` passes once through the trunk, `parameters` once a level;
            `auto` takes the features where one lane leaves the trunk.

    Attributes:
        draws: Whether the method draws random numbers.
        remembers: Names of what the method remembers between two steps.
    """

    draws: ClassVar[bool] = False
    remembers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, weights: Tensor, seed: int, at: Place = "auto") -> None:
        super().__init__(weights, seed)
        self._at = at
        self._generator = stream_generator(seed, "balancing")

    @abstractmethod
    def aggregate(self, rows: Tensor) -> Tensor:
        """One gradient.

        Args:
            rows: A gradient a level, f32 of shape (L, M).

        Returns:
            Shape (M,).
        """

    def memory(self) -> dict[str, Tensor]:
        """What the method remembers, by the names in `remembers`; nothing before its first step."""
        return {}

    def remember(self, memory: Mapping[str, Tensor]) -> None:
        """Takes up what `memory` gave."""

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """One backward pass through the trunk, or one a level."""
        scaled = losses * self.weights
        self.last_ratio = None
        places = (scaled.detach() > 0).nonzero().flatten().tolist()
        if not shared_parameters or len(losses) < 2:
            scaled.sum().backward()  # type: ignore[no-untyped-call]
        elif is_at_features(self._at, features):
            rows = rows_at_features(scaled, features, self.team)
            pass_back(scaled.sum(), features, self._one_of(rows, places), self.team)
        else:
            before = [each.grad for each in shared_parameters]
            rows = rows_at_parameters(scaled, shared_parameters, self.team)
            add_gradient(self.team.once(self._one_of(rows, places)), shared_parameters, before)

    def _one_of(self, rows: Tensor, places: Sequence[int]) -> Tensor:
        is_whole = len(places) == len(rows)
        # A loss that is no number is reported at the end of the epoch; solvers would fail on it.
        if len(places) < 2 or (self.remembers and not is_whole) or not rows.isfinite().all():
            return rows.sum(0)
        with torch.no_grad(), self._own_draws(rows.device):
            made = self.aggregate(rows if is_whole else rows[list(places)])
            self.last_ratio = made.norm() / rows.sum(0).norm().clamp(min=torch.finfo(rows.dtype).tiny)
            return made

    @contextmanager
    def _own_draws(self, device: torch.device) -> Iterator[None]:
        """Libraries draw from the global stream: within, it begins from ours; behind, it is as it was."""
        if not self.draws:
            yield
            return
        with torch.random.fork_rng([device] if device.type != "cpu" else []):
            torch.manual_seed(int(torch.randint(_SEEDS, (), generator=self._generator)))
            yield

    def state_dict(self) -> dict[str, Tensor]:
        """Where its stream of draws stands, and what the method remembers."""
        drawn = {_GENERATOR: self._generator.get_state()} if self.draws else {}
        return {**drawn, **self.memory()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from there.

        Raises:
            ValueError: If it is the state of another kind of balancer.
        """
        remembered = self.remembers if any(name in state for name in self.remembers) else ()
        require(state, *((_GENERATOR,) if self.draws else ()), *remembered)
        if self.draws:
            self._generator.set_state(state[_GENERATOR])
        if remembered:
            self.remember({name: state[name] for name in remembered})


def is_at_features(at: Place, features: Sequence[Tensor]) -> bool:
    """Whether gradients are compared at what leaves the trunk, of which there is one for each lane."""
    return at == "features" or (at == "auto" and len(features) == 1)
