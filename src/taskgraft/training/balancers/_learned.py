"""Weights that are learned beside the network's: by variances, by scales, by lengths of gradients."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from taskgraft.training._update_rules import AdamRule, Moved, State
from taskgraft.training.balancers._balancer import BALANCERS, Balancer, require

_ADAM_EPSILON = 1e-8
_ADAM_PARTS = ("step", "mean", "square")


class Learned(Balancer):
    """One number a level, moved by Adam once a step.

    Args:
        weights: As for every balancer.
        seed: As for every balancer.
        learning_rate: Of Adam.
        start: What each number begins with.

    Attributes:
        learned: Of shape (L,).
    """

    def __init__(self, weights: Tensor, seed: int, learning_rate: float, start: float = 0.0) -> None:
        super().__init__(weights, seed)
        self._learning_rate = learning_rate
        self.learned = torch.full_like(weights, start)
        self._adam: State = {}

    def learn(self, gradient: Tensor) -> None:
        """Moves the numbers along a gradient of shape (L,)."""
        moved = Moved([self.learned], [gradient], [self._adam])
        AdamRule(_ADAM_EPSILON).step(moved, self._learning_rate)

    def state_dict(self) -> dict[str, Tensor]:
        """The numbers, and what Adam remembers of their steps."""
        return {"learned": self.learned, **self._adam}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from there.

        Raises:
            ValueError: If it is the state of another kind of balancer.
        """
        parts = [name for name in _ADAM_PARTS if name in state]
        require(state, "learned", *parts)
        self.learned.copy_(state["learned"])
        self._adam = {name: state[name].to(self.learned.device, copy=True) for name in parts}


class LearnedScale(Learned):
    """Losses times learned scales, and what keeps a scale from going to 0."""

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """One backward pass with the scales as they are, which then move."""
        scaled = losses * self.weights
        seen = scaled.detach()
        scale, slope = self.scale(seen)
        torch.dot(scaled, scale).backward()  # type: ignore[no-untyped-call]
        self.last_weights = torch.where(seen > 0, scale, 0.0)
        # A level without a label says nothing of its scale.
        self.learn(torch.where(seen > 0, slope, 0.0))

    @abstractmethod
    def scale(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """The scale of each loss, and the slope of the objective by each number: shapes (L,)."""


@BALANCERS.add("uncertainty")
class Uncertainty(LearnedScale):
    """Kendall et al. (2018), for classes: the sum of exp(-s) loss + s / 2, where s is a log variance."""

    def __init__(self, weights: Tensor, seed: int, learning_rate: float = 0.01) -> None:
        super().__init__(weights, seed, learning_rate)

    def scale(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """exp(-s), and 1/2 - exp(-s) loss."""
        scale = (-self.learned).exp()
        return scale, 0.5 - scale * losses


@BALANCERS.add("imtl-l")
class ImtlL(LearnedScale):
    """IMTL-L (Liu et al., 2021): the sum of exp(s) loss - s."""

    def __init__(self, weights: Tensor, seed: int, learning_rate: float = 0.01) -> None:
        super().__init__(weights, seed, learning_rate)

    def scale(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """exp(s), and exp(s) loss - 1."""
        scale = self.learned.exp()
        return scale, scale * losses - 1


@BALANCERS.add("famo")
class Famo(Learned):
    """FAMO (Liu et al., 2023): weights by which the logarithms of all losses fall at one pace.

    Args:
        weights: As for every balancer.
        seed: As for every balancer.
        learning_rate: Of Adam.
        weight_decay: Draws the logits of the weights towards zero.
    """

    looks_again = True

    def __init__(
        self, weights: Tensor, seed: int, learning_rate: float = 0.025, weight_decay: float = 0.001
    ) -> None:
        super().__init__(weights, seed, learning_rate)
        self._weight_decay = weight_decay
        self._before = torch.zeros_like(weights)

    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """One backward pass from a convex combination of the gradients."""
        scaled = losses * self.weights
        self._before = scaled.detach()
        has_label = self._before > 0
        shares = torch.where(has_label, self.learned.softmax(0) / self._before, 0.0)
        # A batch without any label has no shares, and moves nothing.
        total = shares.sum().clamp(min=torch.finfo(shares.dtype).tiny)
        self.last_weights = shares / total
        torch.dot(scaled, self.last_weights).backward()  # type: ignore[no-untyped-call]

    def look_again(self, losses: Tensor) -> None:
        """Gives more weight to levels whose losses fell less."""
        after = losses * self.weights
        has_label = (self._before > 0) & (after > 0)
        fall = torch.where(has_label, self._before.log() - after.log(), 0.0)
        weights = self.learned.softmax(0)
        slope = weights * (fall - torch.dot(weights, fall))
        self.learn(slope + self._weight_decay * self.learned)
