"""What a balancer is, and all of them by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from taskgraft.registry import Registry


class Balancer(ABC):
    """How the losses of the levels become the gradients of one step.

    Not to be confused with the `balance` of a recipe, which makes classes of unequal size count the same.

    Args:
        weights: Weight of each level's loss in the recipe, coarsest first: f32 of shape (L,). Levels that
            are derived have no loss, and do not count here.
        seed: The run's. What a balancer draws, it draws from streams of its own that this seed begins.

    Attributes:
        weights: As given.
        seed: As given.
    """

    def __init__(self, weights: Tensor, seed: int) -> None:
        self.weights = weights
        self.seed = seed

    @abstractmethod
    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """Adds the gradient of this step to `.grad` of every trainable parameter that a loss reaches.

        Args:
            losses: One a level, coarsest first, with their graph: f32 of shape (L,). 0 for a level of which
                no image of the batch is known; no gradient comes from it.
            features: What leaves the trunk's lanes: each of shape (B, D), a part of the graph. All that one
                level has to say to its trunk passes through here, which makes balancing here cheap.
            shared_parameters: Those of the trunk that more than one loss reaches.
        """

    def state_dict(self) -> dict[str, Tensor]:
        """What it remembers between two steps, by name; a checkpoint keeps it."""
        return {}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes up what `state_dict` gave: the steps that follow are the same, to the bit.

        Raises:
            ValueError: If it is the state of another kind of balancer.
        """
        if state:
            raise ValueError(f"{type(self).__name__} remembers nothing, but got {', '.join(state)}")


BALANCERS: Registry[type[Balancer]] = Registry("balancing")
